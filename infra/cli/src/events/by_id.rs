//! Finds one event by its id.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::store::{Found, Scan};
use normalization::{Key, ProviderName, id_for_log};

use super::{Arguments, message};
use crate::connect::Connection;
use crate::reading;

/// Most bytes of a sort key
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
const MAX_SORT_KEY: usize = 1_024;

/// Finds the event with this id: with a query if its message is known, else through the index by time, else by reading the whole
/// table.
pub(super) async fn find(connection: &Connection, id: &str, arguments: &Arguments) -> Result<Found> {
    let Some(provider) = provider(id) else { return Ok(Found::default()) };
    let is_it = |key: &Key| {
        let found = key.event_id();
        found == id || id_for_log(&found) == id
    };
    let found = if let Some(message) = &arguments.message {
        message::find(connection, message, Some(provider)).await?
    } else if let Some(key) = key(connection, id, provider, arguments, is_it).await? {
        connection.store.events(&[key]).await.with_context(|| connection.unreadable())?
    } else {
        scan(connection, arguments, is_it).await?
    };
    Ok(only(found, is_it))
}

/// The keys of the event, if they follow from its id or the index by time has them.
async fn key(
    connection: &Connection,
    id: &str,
    provider: ProviderName,
    arguments: &Arguments,
    is_it: impl Fn(&Key) -> bool,
) -> Result<Option<Key>> {
    let event = id.strip_prefix(provider.as_str()).and_then(|rest| rest.strip_prefix(':'));
    let event = event.unwrap_or_default().to_owned();
    if event.is_empty() || event.len() > MAX_SORT_KEY {
        return Ok(None);
    }
    // An event without a message is stored under its own key.
    let alone = Key { partition: format!("{provider}#{event}"), event };
    let stored = connection.store.event(&alone).await.with_context(|| connection.unreadable())?;
    if stored.is_some() {
        return Ok(Some(alone));
    }
    reading::find_key(connection, arguments.reading(), is_it).await
}

async fn scan(connection: &Connection, arguments: &Arguments, is_it: impl Fn(&Key) -> bool) -> Result<Found> {
    let bar = reading::begin(connection, &arguments.segments).await;
    let segments = arguments.segments.number(connection.is_deployed);
    let scan = Scan { since: arguments.selection.since, ..Scan::parallel(segments.into()) };
    let mut pages = connection.store.pages(scan);
    let mut found = Found::default();
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.scanned as u64);
        found = only(page.found, &is_it);
        if !(found.events.is_empty() && found.unreadable.is_empty()) {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(found)
}

fn only(mut found: Found, is_it: impl Fn(&Key) -> bool) -> Found {
    found.events.retain(|stored| is_it(&stored.key));
    found.unreadable.retain(|unreadable| is_it(&unreadable.key));
    found
}

/// The provider that the id names.
fn provider(id: &str) -> Option<ProviderName> {
    id.split_once(':').and_then(|(provider, _)| provider.parse().ok())
}
