//! Words for people about entries and their evidence.

use ingestion::suppressions::Answer;
use normalization::suppression::{Evidence, Reason, Slots, Suppression};

use crate::output::{self, Table};

/// The answer as a sentence.
pub(super) fn sentence(answer: &Answer<'_>) -> String {
    let address = answer.address;
    let (Some(reason), Some(since)) = (answer.reason, answer.since) else {
        return format!("{address} is not suppressed");
    };
    let end = answer.until.map(|until| format!(" until {}", output::moment(until))).unwrap_or_default();
    let by = answer.event.map(|event| format!(", by {event}")).unwrap_or_default();
    format!("{address} is suppressed{end}: {} on {}{by}", what(reason), output::moment(since))
}

/// Why the list suppresses an address, as a sentence for those who ask about its events.
pub(crate) fn suppressed(address: &str, found: &Suppression<'_>) -> String {
    let (what, time) = (what(found.reason), output::moment(found.evidence.time));
    format!(
        "{address} is to be suppressed: {what} on {time}, by {}{}",
        found.evidence.event,
        note(found.evidence)
    )
}

/// That the list releases an address, as a sentence.
pub(crate) fn released(address: &str, evidence: &Evidence) -> String {
    let time = output::moment(evidence.time);
    format!("nothing says to suppress {address} since it was released on {time}{}", note(evidence))
}

fn note(evidence: &Evidence) -> String {
    evidence.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default()
}

fn what(reason: Reason) -> &'static str {
    match reason {
        Reason::Manual => "suppressed by hand",
        Reason::Complaint => "complained",
        Reason::Unsubscribe => "unsubscribed",
        Reason::Bounce => "bounced permanently",
        Reason::Listed => "put on the provider's own list",
        Reason::SoftBounces => "bounced temporarily too often, the last time",
    }
}

/// All evidence as a table.
pub(super) fn table(slots: &Slots) -> Table {
    let mut table = Table::new(&["time", "evidence", "event", "detail"]);
    for (kind, evidence) in slots.sorted() {
        let reason = evidence.reason.map(|reason| reason.to_string());
        let detail = evidence.note.clone().or(reason).unwrap_or_default();
        table.row(vec![output::moment(evidence.time), kind.to_string(), evidence.event.clone(), detail]);
    }
    table
}
