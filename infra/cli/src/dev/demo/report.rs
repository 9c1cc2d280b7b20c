//! The results of a demonstration: a row per sample, totals per provider, and the next steps.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anyhow::Result;
use mailhooks_local::Stack;
use normalization::{Event, ProviderName};
use serde_json::{Value, json};

use super::Posted;
use super::check::Evidence;
use crate::options::Global;
use crate::output::{self, Table};

pub(super) struct Report<'a> {
    pub(super) stack: &'a Stack,
    pub(super) posted: &'a [Posted],
    pub(super) evidence: &'a Evidence,
}

impl Report<'_> {
    /// Describes each sample whose result is not as documented, one per line.
    pub(super) fn problems(&self) -> Vec<String> {
        self.posted
            .iter()
            .filter_map(|posted| {
                let wrong = self.evidence.wrong(self.stack, posted);
                let sample = &posted.sample;
                (!wrong.is_empty())
                    .then(|| format!("{} {}: {}", sample.provider, sample.case, wrong.join("; ")))
            })
            .collect()
    }

    pub(super) fn print(&self, global: &Global, kept: bool) -> Result<()> {
        if global.json {
            for posted in self.posted {
                output::print_json(&self.object(posted))?;
            }
            return output::print_json(&self.totals());
        }
        output::print(&format!(
            "Every documented sample, signed as its provider would now, posted to {} twice:\n",
            self.stack.url()
        ))?;
        self.samples().print()?;
        output::print("\nTotals, with the announcements on each topic:\n")?;
        self.table_of_totals().print()?;
        self.next_steps(global, kept)
    }

    fn samples(&self) -> Table {
        let mut table = Table::new(&["provider's type", "type", "action", "announced on"]);
        for &provider in ProviderName::ALL {
            table.row(vec![String::new()]);
            table.row(vec![format!("{provider}:")]);
            let of_provider = |posted: &&Posted| posted.sample.provider == provider;
            for posted in self.posted.iter().filter(of_provider) {
                table.row(self.row(posted));
            }
        }
        table
    }

    fn row(&self, posted: &Posted) -> Vec<String> {
        let of_events = |say: &dyn Fn(&Event) -> String| {
            let said: BTreeSet<String> = posted.sample.events.iter().map(say).collect();
            said.into_iter().collect::<Vec<_>>().join(" ")
        };
        vec![
            posted.sample.provider_type.clone(),
            of_events(&|event| event.data.event_type.to_string()),
            of_events(&|event| event.data.action.to_string()),
            of_events(&|event| match self.evidence.topics(event) {
                [] => "\u{2013}".to_owned(),
                topics => topics.join(" "),
            }),
        ]
    }

    fn table_of_totals(&self) -> Table {
        let mut header = vec!["provider", "types", "samples", "recorded", "duplicates"];
        header.extend(self.topics());
        let mut table = Table::new(&header);
        for provider in ProviderName::ALL.iter().copied().map(Some).chain([None]) {
            let name = provider.map_or("all", ProviderName::as_str).to_owned();
            let numbers = self.numbers(provider).into_iter().map(|(_, number)| number.to_string());
            table.row([name].into_iter().chain(numbers).collect());
        }
        table
    }

    fn topics(&self) -> impl Iterator<Item = &'static str> {
        self.stack.topics().iter().map(|(topic, _)| topic.name())
    }

    /// The totals of one provider, or of all providers.
    fn numbers(&self, provider: Option<ProviderName>) -> Vec<(&'static str, u64)> {
        let chosen = || {
            self.posted
                .iter()
                .filter(move |posted| provider.is_none_or(|name| posted.sample.provider == name))
        };
        let words: BTreeSet<_> =
            chosen().map(|posted| (posted.sample.provider, &posted.sample.provider_type)).collect();
        let announced = |topic: &str| {
            let events = chosen().flat_map(|posted| &posted.sample.events);
            let topics = events.flat_map(|event| self.evidence.topics(event));
            topics.filter(|name| name.as_str() == topic).count() as u64
        };
        let mut numbers = vec![
            ("documented_types", words.len() as u64),
            ("samples", chosen().count() as u64),
            ("recorded", chosen().map(|posted| posted.first.count("recorded")).sum()),
            ("duplicates", chosen().map(|posted| posted.second.count("duplicates")).sum()),
        ];
        numbers.extend(self.topics().map(|topic| (topic, announced(topic))));
        numbers
    }

    fn totals(&self) -> Value {
        let object = |provider| self.numbers(provider).into_iter().collect::<BTreeMap<_, _>>();
        let providers = ProviderName::ALL.iter().map(|&name| (name.to_string(), object(Some(name))));
        json!({
            "kind": "totals",
            "providers": providers.collect::<BTreeMap<_, _>>(),
            "all": object(None),
            "problems": self.problems(),
        })
    }

    fn object(&self, posted: &Posted) -> Value {
        let sample = &posted.sample;
        let events = sample.events.iter().map(|event| {
            json!({
                "id": event.id,
                "type": event.data.event_type,
                "action": event.data.action,
                "announced": self.evidence.topics(event),
            })
        });
        json!({
            "kind": "sample",
            "provider": sample.provider,
            "case": sample.case,
            "provider_type": sample.provider_type,
            "events": events.collect::<Vec<_>>(),
            "first": {"status": posted.first.status, "recorded": posted.first.count("recorded")},
            "second": {"status": posted.second.status, "duplicates": posted.second.count("duplicates")},
            "problems": self.evidence.wrong(self.stack, posted),
        })
    }

    fn next_steps(&self, global: &Global, kept: bool) -> Result<()> {
        if !kept {
            return Ok(output::print("\nNothing is kept with --in-memory.")?);
        }
        let step = |arguments: &[&str], what: &str| -> io::Result<()> {
            output::print_whole(&format!("  {}\n      {what}", global.command(arguments)))
        };
        output::print("\nNext:")?;
        if let Some(message) = self.busiest_message() {
            step(&["events", "--message", message], "the timeline of one message")?;
            step(&["events", "--message", message, "--state"], "the state of each recipient")?;
        }
        step(&["suppressions", "list"], "the addresses not to mail, and why")?;
        step(&["announcements"], "everything that was announced")?;
        Ok(step(&["dev"], "run the stack for your own webhooks")?)
    }

    fn busiest_message(&self) -> Option<&str> {
        let mut events: BTreeMap<&str, usize> = BTreeMap::new();
        for event in self.posted.iter().flat_map(|posted| &posted.sample.events) {
            if let Some(id) = event.data.message.as_ref().and_then(|message| message.id.as_deref()) {
                *events.entry(id).or_default() += 1;
            }
        }
        events.into_iter().max_by_key(|(_, count)| *count).map(|(id, _)| id)
    }
}
