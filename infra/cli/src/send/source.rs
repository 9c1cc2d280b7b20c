//! The body to post: of a sample or a file, with new ids and other values.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{ArgGroup, ValueHint};
use ingestion::clock;
use mailhooks_local::samples::{Fixture, freshen, identify, suffix};
use normalization::ProviderName;

use super::cases;
use super::overrides::Override;
use crate::output;

/// The arguments that select the body.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("body").args(["case", "file"]))]
pub(super) struct Source {
    /// Name of the sample, or the provider's event type that it documents [default: list the samples]
    pub(super) case: Option<String>,
    /// Send the bytes of this file instead of a sample
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: Option<PathBuf>,
    /// Set a value in the body by path, such as data.to=ada@example.com or data.tags[0]=news. A value that is not valid
    /// JSON is a string. The path must exist, or be a new key of an existing object
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<Override>,
    /// Send the ids of the sample, so that its events are duplicates the second time
    #[arg(long, requires = "case", conflicts_with = "count")]
    same_ids: bool,
}

impl Source {
    /// The path to post to and the body; `None` if the arguments name neither a sample nor a file. With `several`, each
    /// webhook gets its own ids later.
    pub(super) fn request(&self, provider: ProviderName, several: bool) -> Result<Option<(String, Vec<u8>)>> {
        let (path, body) = if let Some(file) = &self.file {
            let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            (format!("/webhooks/{provider}"), body)
        } else if let Some(case) = &self.case {
            let sample = cases::find(provider, case)?;
            let body = if self.same_ids || several { sample.body } else { renewed(&sample) };
            (sample.path, body)
        } else {
            return Ok(None);
        };
        let set = |body, over: &Override| over.apply(body).with_context(|| format!("--set {}", over.path()));
        Ok(Some((path, self.overrides.iter().try_fold(body, set)?)))
    }
}

/// The body of a sample with new ids, or its own body if it has no ids that can be replaced.
fn renewed(sample: &Fixture) -> Vec<u8> {
    let now = clock::now();
    let fresh = freshen(sample.provider, sample.body.clone(), &suffix(now), now);
    fresh.unwrap_or_else(|_| {
        if identify(sample.provider, &sample.body, now).is_ok_and(|events| !events.is_empty()) {
            output::remark(&format!(
                "the ids of the sample {} cannot be replaced: its events are duplicates the second time",
                sample.name
            ));
        }
        sample.body.clone()
    })
}
