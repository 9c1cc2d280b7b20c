//! What today's mapping makes of a stored event.

use anyhow::Result;
use ingestion::store::{StoredEvent, to_be_stored};
use normalization::{Event, Record, renormalize};

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
    let provider = stored.event.data.provider.provider();
    let records: Vec<_> = renormalize(provider, raw, &stored.key.event, stored.received_exactly()).collect();
    let number = records.len();
    let same_key = |record: &Record<'_>| record.key.event == stored.key.event;
    let Some(record) = records.into_iter().find(same_key) else {
        return Ok(Mapped::KeyChanged(match number {
            1 => "under another event key".to_owned(),
            _ => format!("as {number} events, one for each recipient"),
        }));
    };
    if record.key.partition != stored.key.partition {
        let timeline = format!("in the timeline {}", record.key.partition);
        return Ok(Mapped::KeyChanged(timeline));
    }
    let differences = Difference::between(&stored.as_stored()?, &to_be_stored(&record.event)?);
    if differences.is_empty() {
        return Ok(Mapped::Same);
    }
    Ok(Mapped::Changed { event: Box::new(record.event), differences })
}
