//! Samples: found by name or by the provider's event type, and listed with the documented ones first.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use mailhooks_local::samples::{Fixture, samples};
use normalization::ProviderName;
use serde::Serialize;
use serde_json::json;

use crate::output::{self, Table};

/// The most names that an error suggests.
const SUGGESTED: usize = 3;

/// The least similarity of a suggestion; clap suggests options from the same value on.
const SIMILAR: f64 = 0.7;

/// What a sample is, in the order of the list.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Group {
    Documented,
    Variant,
    Odd,
}

impl Group {
    const ALL: [Self; 3] = [Self::Documented, Self::Variant, Self::Odd];

    /// A variant has the name of a documented sample with an addition, such as `email-bounced-soft`.
    fn of(sample: &Fixture, samples: &[Fixture]) -> Self {
        let documented = samples.iter().filter(|other| other.documents.is_some());
        let adds_to = |other: &Fixture| {
            sample.name.strip_prefix(&other.name).is_some_and(|addition| addition.starts_with('-'))
        };
        match sample.documents {
            Some(_) => Self::Documented,
            None if documented.into_iter().any(adds_to) => Self::Variant,
            None => Self::Odd,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Documented => "Documented events. CASE may also be the event type, such as",
            Self::Variant => "Other forms of these events:",
            Self::Odd => "Unusual and malformed requests:",
        }
    }
}

/// Finds a sample by its name, or else the first that documents this event type.
pub(super) fn find(provider: ProviderName, word: &str) -> Result<Fixture> {
    let samples = samples(provider)?;
    let named = samples.iter().find(|sample| sample.name == word);
    let documented = || samples.iter().find(|sample| sample.documents.as_deref() == Some(word));
    if let Some(sample) = named.or_else(documented) {
        return Ok(sample.clone());
    }
    let suggestion = match similar(&samples, word).as_slice() {
        [] => String::new(),
        close => format!("similar names are {}; ", close.join(", ")),
    };
    bail!(
        "{provider} has no sample or event type {word}: {suggestion}`mailhooks send {provider}` lists all samples"
    )
}

/// The names and event types that contain the word or are spelled much like it, the most similar first.
fn similar<'s>(samples: &'s [Fixture], word: &str) -> Vec<&'s str> {
    let names: BTreeSet<&str> = samples
        .iter()
        .flat_map(|sample| sample.documents.as_deref().into_iter().chain([&*sample.name]))
        .collect();
    let score = |name: &str| if name.contains(word) { 1.0 } else { strsim::jaro(name, word) };
    let mut scored: Vec<_> = names.into_iter().map(|name| (score(name), name)).collect();
    scored.retain(|(score, _)| *score >= SIMILAR);
    scored.sort_by(|(one, name), (other, second)| other.total_cmp(one).then(name.len().cmp(&second.len())));
    scored.into_iter().map(|(_, name)| name).take(SUGGESTED).collect()
}

/// Prints the samples of a provider in groups; the documented ones are sorted by the provider's event type.
pub(super) fn list(provider: ProviderName, json: bool) -> Result<()> {
    let all = samples(provider)?;
    for group in Group::ALL {
        let mut samples: Vec<_> = all.iter().filter(|sample| Group::of(sample, &all) == group).collect();
        samples.sort_by_key(|sample| &sample.documents);
        if json {
            samples.iter().try_for_each(|sample| print_json(sample, group))?;
        } else if !samples.is_empty() {
            print_table(&samples, group)?;
        }
    }
    Ok(())
}

fn print_json(sample: &Fixture, group: Group) -> Result<()> {
    output::print_json(&json!({
        "provider": sample.provider,
        "case": sample.name,
        "about": sample.about,
        "documents": sample.documents,
        "group": group,
    }))
}

fn print_table(samples: &[&Fixture], group: Group) -> Result<()> {
    let first = samples.iter().find_map(|sample| sample.documents.as_deref());
    output::print(&match first {
        Some(word) => format!("{} {word}:", group.title()),
        None => format!("\n{}", group.title()),
    })?;
    let mut table = Table::new(&["case", "what it is"]);
    for sample in samples {
        let about = match &sample.documents {
            Some(word) => format!("{word}: {}", sample.about),
            None => sample.about.clone(),
        };
        table.row(vec![sample.name.clone(), about]);
    }
    Ok(table.print()?)
}
