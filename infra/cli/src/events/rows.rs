//! Events as rows of CSV.

use anyhow::Result;
use ingestion::store::StoredEvent;
use mailhooks_local::summary;

use crate::output::print_csv;

/// The columns; docs/tool.md describes them.
const COLUMNS: [&str; 14] = [
    "id",
    "time",
    "received_at",
    "type",
    "action",
    "provider",
    "recipient",
    "message",
    "subject",
    "bounce_class",
    "bounce_reason",
    "smtp_code",
    "enhanced_code",
    "detail",
];

/// Prints a header and a row for each event.
pub(super) fn print(events: &[StoredEvent]) -> Result<()> {
    print_csv(COLUMNS)?;
    events.iter().try_for_each(|stored| print_csv(row(stored).iter().map(String::as_str)))
}

fn row(stored: &StoredEvent) -> [String; 14] {
    let data = &stored.event.data;
    let (message, bounce) = (data.message.as_ref(), data.bounce.as_ref());
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    [
        stored.event.id.clone(),
        stored.event.time.to_string(),
        stored.received_at.to_string(),
        data.event_type.to_string(),
        data.action.to_string(),
        data.provider.to_string(),
        text(data.recipient.as_ref()),
        text(message.and_then(|message| message.id.as_ref())),
        text(message.and_then(|message| message.subject.as_ref())),
        bounce.and_then(|bounce| bounce.class).map(|class| class.to_string()).unwrap_or_default(),
        bounce.and_then(|bounce| bounce.reason).map(|reason| reason.to_string()).unwrap_or_default(),
        bounce.and_then(|bounce| bounce.smtp_code).map(|code| code.to_string()).unwrap_or_default(),
        text(bounce.and_then(|bounce| bounce.enhanced_code.as_ref())),
        summary::detail(data),
    ]
}
