//! Finds the events that name an address, and its entry in the suppression list.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::store::{Scan, StoredEvent};
use normalization::lookup_form;

use super::Arguments;
use super::mention::Spellings;
use crate::connect::Connection;
use crate::{output, reading};

/// Messages or payloads that are read at the same time.
const CONCURRENT: usize = 10;

/// What is stored about a person.
pub(super) struct Found {
    /// The events, the first that happened first.
    pub(super) events: Vec<Naming>,
    /// Whether the suppression list has evidence about the address.
    pub(super) is_listed: bool,
}

/// An event that names the address.
pub(super) struct Naming {
    pub(super) stored: StoredEvent,
    /// Whether the event is about the address, and does not only mention it.
    pub(super) is_about: bool,
}

impl Found {
    pub(super) fn is_nothing(&self) -> bool {
        self.events.is_empty() && !self.is_listed
    }
}

/// Finds everything that names the address.
pub(super) async fn find(connection: &Connection, arguments: &Arguments) -> Result<Found> {
    let address = &arguments.address;
    let spellings = &Spellings::of(address);
    let mut events = if arguments.everywhere {
        everywhere(connection, arguments, spellings).await?
    } else {
        of_messages(connection, address, spellings).await?
    };
    events.sort_by(|one, other| {
        let (one, other) = (&one.stored.event, &other.stored.event);
        (one.time, &one.id).cmp(&(other.time, &other.id))
    });
    let is_listed = match &connection.list {
        Some(list) => {
            let known = list.evidence(&lookup_form(address)).await;
            known.with_context(|| connection.unreadable())?.is_some()
        }
        None => false,
    };
    Ok(Found { events, is_listed })
}

/// The events of the index by recipient, and those of the same messages that name the address.
async fn of_messages(connection: &Connection, address: &str, spellings: &Spellings) -> Result<Vec<Naming>> {
    reading::check_by_recipient(connection).await?;
    let store = &connection.store;
    let indexed = store.of_recipient(address).await.with_context(|| connection.unreadable())?;
    let messages: BTreeSet<String> = indexed.events.into_iter().map(|stored| stored.key.partition).collect();
    let bar = output::progress(Some(messages.len() as u64), "messages read");
    let mut timelines = stream::iter(messages)
        .map(|message| async move { store.under(&message).await })
        .buffer_unordered(CONCURRENT);
    let mut naming = Vec::new();
    while let Some(timeline) = timelines.try_next().await.with_context(|| connection.unreadable())? {
        naming.extend(named(connection, timeline.events, address, spellings).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(naming)
}

/// All events of the table that name the address.
async fn everywhere(
    connection: &Connection,
    arguments: &Arguments,
    spellings: &Spellings,
) -> Result<Vec<Naming>> {
    let bar = reading::begin(connection, &arguments.segments).await;
    let segments = arguments.segments.number(connection.is_deployed);
    let mut pages = connection.store.pages(Scan::parallel(segments.into()));
    let mut naming = Vec::new();
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        naming.extend(named(connection, page.found.events, &arguments.address, spellings).await?);
        bar.inc(page.scanned as u64);
    }
    bar.finish_and_clear();
    Ok(naming)
}

/// Those of the events that name the address.
async fn named(
    connection: &Connection,
    events: Vec<StoredEvent>,
    address: &str,
    spellings: &Spellings,
) -> Result<Vec<Naming>> {
    let form = &lookup_form(address);
    let looks = events.into_iter().map(|stored| async move {
        let is_about = stored.event.data.recipient.as_deref().is_some_and(|one| lookup_form(one) == *form);
        if is_about || mentions(connection, &stored, spellings).await? {
            return anyhow::Ok(Some(Naming { stored, is_about }));
        }
        Ok(None)
    });
    let looks: Vec<_> = looks.collect();
    let found: Vec<_> = stream::iter(looks).buffered(CONCURRENT).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether the event or its raw payload mentions the address.
async fn mentions(connection: &Connection, stored: &StoredEvent, spellings: &Spellings) -> Result<bool> {
    if spellings.are_in(&serde_json::to_string(&stored.event)?) {
        return Ok(true);
    }
    let raw = connection.store.raw(stored).await.with_context(|| connection.unreadable())?;
    Ok(spellings.are_in(&String::from_utf8_lossy(&raw)))
}
