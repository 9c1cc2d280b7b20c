//! `mailhooks events --state`: what the events of a message amount to, for each recipient.

use anyhow::Result;
use ingestion::store::StoredEvent;
use mailhooks_local::state::states;
use mailhooks_local::summary;
use normalization::Event;

use crate::output::{self, Table};

pub(super) fn print(events: &[StoredEvent], json: bool) -> Result<()> {
    let events: Vec<&Event> = events.iter().map(|stored| &stored.event).collect();
    let mut table =
        Table::new(&["recipient", "state", "action", "since", "events", "detail", "id"]).stacked_from(2);
    for state in states(&events) {
        let (event, data) = (state.decisive, &state.decisive.data);
        if json {
            output::print_json(&state.object())?;
        }
        table.row(vec![
            state.recipient.unwrap_or("(not said)").to_owned(),
            data.event_type.to_string(),
            data.action.to_string(),
            output::moment(event.time),
            match state.events {
                1 => "1 event".to_owned(),
                number => format!("{number} events"),
            },
            summary::detail(data),
            event.id.clone(),
        ]);
    }
    if !json {
        table.print()?;
    }
    Ok(())
}
