//! Finds out whether the indexes have the events that were recorded before the table had them, and says if not.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::store::{Found, Scan, StoredEvent};

use crate::connect::Connection;
use crate::output;

/// Reads the first page of the table, which is a sample of it: items are stored in the order of the hashes of their keys. Returns
/// its events if the page is the whole table. Otherwise says if the index by time lacks some of them.
pub(super) async fn check_by_time(connection: &Connection) -> Result<Option<Found>> {
    let (found, is_all) = sample(connection).await?;
    if is_all {
        return Ok(Some(found));
    }
    let lacks = |stored: &&StoredEvent| !stored.is_in_time_index();
    say(connection, "by_time", found.events.iter().filter(lacks).count(), found.events.len());
    Ok(None)
}

/// Says if the index by recipient lacks events, by the same sample.
pub(crate) async fn check_by_recipient(connection: &Connection) -> Result<()> {
    let (found, _) = sample(connection).await?;
    let lacks = |stored: &&StoredEvent| !connection.store.is_in_address_index(stored);
    say(connection, "by_recipient", found.events.iter().filter(lacks).count(), found.events.len());
    Ok(())
}

fn say(connection: &Connection, index: &str, lacking: usize, of: usize) {
    if lacking > 0 {
        output::remark(&format!(
            "note: the index {index} of {} does not have all events: {lacking} of {of} that were looked at are not in it. \
             `mailhooks renormalize --apply` adds them",
            connection.name
        ));
    }
}

async fn sample(connection: &Connection) -> Result<(Found, bool)> {
    let mut pages = connection.store.pages(Scan::default());
    let page = pages.try_next().await.with_context(|| connection.unreadable())?;
    Ok(page.map_or_else(|| (Found::default(), true), |page| (page.found, page.next.is_none())))
}
