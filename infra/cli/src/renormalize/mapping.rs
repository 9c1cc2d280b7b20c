//! What today's mapping makes of a stored event.

use anyhow::Result;
use ingestion::store::{StoredEvent, to_be_stored};
use jiff::Timestamp;
use normalization::{Event, Provider, ProviderVisitor, renormalize};

use super::difference::Difference;

/// A stored event by today's mapping.
pub(super) enum Mapped {
    /// It is as it was.
    Same,
    /// It says something else.
    Changed { event: Box<Event>, differences: Vec<Difference> },
    /// It would be kept under other keys, and so be another event: what became of it, in words.
    KeyChanged(String),
}

/// Maps the raw payload of an event, and finds what differs.
pub(super) fn map(stored: &StoredEvent, raw: &[u8]) -> Result<Mapped> {
    let records =
        stored.event.data.provider.visit(Renormalize { raw, received_at: stored.received_exactly() });
    let number = records.len();
    let same_key = |record: &Mapping| record.event_key == stored.event_key;
    let Some(record) = records.into_iter().find(same_key) else {
        return Ok(Mapped::KeyChanged(match number {
            1 => "under another event key".to_owned(),
            _ => format!("as {number} events, one for each recipient"),
        }));
    };
    if record.partition_key != stored.partition_key {
        let timeline = format!("in the timeline {}", record.partition_key);
        return Ok(Mapped::KeyChanged(timeline));
    }
    let differences = Difference::between(&stored.as_stored()?, &to_be_stored(&record.event)?);
    if differences.is_empty() {
        return Ok(Mapped::Same);
    }
    Ok(Mapped::Changed { event: Box::new(record.event), differences })
}

/// An event and its keys.
struct Mapping {
    event: Event,
    partition_key: String,
    event_key: String,
}

struct Renormalize<'a> {
    raw: &'a [u8],
    received_at: Timestamp,
}

impl ProviderVisitor for Renormalize<'_> {
    type Output = Vec<Mapping>;

    fn visit<P: Provider>(self) -> Self::Output {
        let keep = renormalize::<P>(self.raw, self.received_at).map(|record| Mapping {
            event: record.event,
            partition_key: record.partition_key,
            event_key: record.event_key,
        });
        keep.collect()
    }
}
