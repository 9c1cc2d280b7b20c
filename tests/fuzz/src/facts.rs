//! The documented facts about a provider: `fixtures/<provider>/provider.toml`, which fixtures/README.md describes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use normalization::ProviderName;
use toml::{Table, Value};

use crate::plan::Plan;

static FACTS: LazyLock<BTreeMap<ProviderName, Table>> =
    LazyLock::new(|| ProviderName::ALL.iter().map(|provider| (*provider, read(*provider))).collect());

fn read(provider: ProviderName) -> Table {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    fs::read_to_string(fixtures.join(provider.as_str()).join("provider.toml")).unwrap().parse().unwrap()
}

pub(crate) fn drops_on_4xx(provider: ProviderName) -> bool {
    FACTS[&provider]["drops_on_4xx"].as_bool().unwrap()
}

/// The scheme that the plan chooses for the provider, and whether it differs from the first one.
pub(crate) fn scheme(provider: ProviderName, plan: Plan) -> (&'static Table, bool) {
    let schemes = FACTS[&provider]["scheme"].as_array().unwrap();
    let other = plan.other_scheme() && schemes.len() > 1;
    (schemes[usize::from(other)].as_table().unwrap(), other)
}

pub(crate) fn signs_a_timestamp(scheme: &Table) -> bool {
    scheme["signed"].as_array().unwrap().contains(&Value::from("timestamp"))
}
