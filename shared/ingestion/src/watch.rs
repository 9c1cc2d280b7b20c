//! Reports providers that send nothing. A receiver cannot, because without webhooks it does not run; the redrive runs each minute.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::clock::Deadline;
use crate::failure::flatten;
use crate::log::Log;
use crate::metric::Metric;
use crate::store::Store;

/// The hour in UTC and the minutes of it in which a day's check begins. In so short a time, a second check by another sandbox
/// raises no second alarm.
const HOUR: i8 = 8;
const MINUTES: i8 = 5;

/// The watched providers.
#[derive(Default)]
pub(crate) struct Watch {
    providers: Vec<String>,
    /// The day of the last check.
    checked: Mutex<Option<Date>>,
}

impl Watch {
    pub(crate) fn new(providers: Vec<String>) -> Self {
        Self { providers, checked: Mutex::default() }
    }

    /// Logs one line per provider, which counts zero events, and once a day whether none was ever received.
    pub(crate) async fn run(&self, store: &Store, log: &Log, now: Timestamp, deadline: Deadline) {
        if self.providers.is_empty() {
            return;
        }
        let unseen = self.unseen(store, log, now, deadline).await;
        for provider in &self.providers {
            let mut counts = BTreeMap::from([(Metric::Received.as_str(), 0)]);
            let mut metrics = vec![Metric::Received];
            if unseen.contains(&provider.as_str()) {
                counts.insert(Metric::NothingReceived.as_str(), 1);
                metrics.push(Metric::NothingReceived);
            }
            let mut line = json!({
                "_aws": log.metric_directive(now, &["provider"], &metrics),
                "outcome": "watched",
                "provider": provider,
            });
            if let Value::Object(line) = &mut line {
                line.extend(counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())));
            }
            log.write(&line);
        }
    }

    /// The providers of which no event is stored, if it is time to say so.
    async fn unseen(&self, store: &Store, log: &Log, now: Timestamp, deadline: Deadline) -> Vec<&str> {
        let time = now.to_zoned(TimeZone::UTC);
        let mut checked = self.checked.lock().await;
        let is_due = time.hour() == HOUR && time.minute() < MINUTES && *checked != Some(time.date());
        if !is_due {
            return Vec::new();
        }
        match flatten(deadline.run(store.unseen(&self.providers)).await) {
            Ok(unseen) => {
                *checked = Some(time.date());
                unseen.unwrap_or_default()
            }
            Err(failure) => {
                log.write(&json!({"outcome": "watched", "reason": failure.to_string()}));
                Vec::new()
            }
        }
    }
}
