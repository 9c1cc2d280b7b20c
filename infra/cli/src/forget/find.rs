//! Finds the events that name an address, and its entry in the suppression list.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::store::{Found, Scan, StoreError, StoredEvent};
use normalization::lookup_form;
use serde_json::json;

use super::Arguments;
use super::mention::Spellings;
use crate::connect::Connection;
use crate::{output, reading};

/// Messages or payloads that are read at the same time.
const CONCURRENT: usize = 10;

/// What is stored about a person.
pub(super) struct Stored {
    /// The events, the first that happened first.
    pub(super) events: Vec<Naming>,
    /// Items that may name the address and cannot be read. They are not erased.
    pub(super) unreadable: usize,
    /// Whether the suppression list has evidence about the address.
    pub(super) is_listed: bool,
}

/// An event that names the address.
pub(super) struct Naming {
    pub(super) stored: StoredEvent,
    /// Whether the event is about the address, and does not only mention it.
    pub(super) is_about: bool,
}

impl Stored {
    pub(super) fn is_nothing(&self) -> bool {
        self.events.is_empty() && !self.is_listed
    }
}

/// Finds everything that names the address.
pub(super) async fn find(connection: &Connection, arguments: &Arguments) -> Result<Stored> {
    let address = &arguments.address;
    let spellings = &Spellings::of(address);
    let mut looked = Looked::default();
    if arguments.everywhere {
        everywhere(connection, arguments, spellings, &mut looked).await?;
    } else {
        of_messages(connection, address, spellings, &mut looked).await?;
    }
    let Looked { mut events, unreadable } = looked;
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
    Ok(Stored { events, unreadable, is_listed })
}

/// The events of the index by recipient, and those of the same messages that name the address.
async fn of_messages(
    connection: &Connection,
    address: &str,
    spellings: &Spellings,
    looked: &mut Looked,
) -> Result<()> {
    reading::check_by_recipient(connection).await?;
    let store = &connection.store;
    let indexed = store.of_recipient(address).await.with_context(|| connection.unreadable())?;
    let of_index = indexed.unreadable.into_iter().map(|unreadable| unreadable.key.partition);
    let messages = indexed.events.into_iter().map(|stored| stored.key.partition).chain(of_index);
    let messages: BTreeSet<String> = messages.collect();
    let bar = output::progress(Some(messages.len() as u64), "messages read");
    let mut timelines = stream::iter(messages)
        .map(|message| async move { store.under(&message).await })
        .buffer_unordered(CONCURRENT);
    while let Some(timeline) = timelines.try_next().await.with_context(|| connection.unreadable())? {
        looked.take(connection, timeline, address, spellings).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// All events of the table that name the address.
async fn everywhere(
    connection: &Connection,
    arguments: &Arguments,
    spellings: &Spellings,
    looked: &mut Looked,
) -> Result<()> {
    let bar = reading::begin(connection, &arguments.segments).await;
    let segments = arguments.segments.number(connection.is_deployed);
    let mut pages = connection.store.pages(Scan::parallel(segments.into()));
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.scanned as u64);
        looked.take(connection, page.found, &arguments.address, spellings).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// What was found so far.
#[derive(Default)]
struct Looked {
    events: Vec<Naming>,
    unreadable: usize,
}

impl Looked {
    /// Adds those of the events that name the address.
    async fn take(
        &mut self,
        connection: &Connection,
        found: Found,
        address: &str,
        spellings: &Spellings,
    ) -> Result<()> {
        self.unreadable += found.unreadable.len();
        let form = &lookup_form(address);
        let looks = found.events.into_iter().map(|stored| async move {
            let recipient = stored.event.data.recipient.as_deref();
            let is_about = recipient.is_some_and(|one| lookup_form(one) == *form);
            let names = if is_about { Ok(true) } else { mentions(connection, &stored, spellings).await };
            names.map(|names| names.then_some(Naming { stored, is_about }))
        });
        let looks: Vec<_> = looks.collect();
        let looks: Vec<_> = stream::iter(looks).buffered(CONCURRENT).collect().await;
        for look in looks {
            match look {
                Ok(naming) => self.events.extend(naming),
                Err(error) if error.is_unreadable() => self.unreadable += 1,
                Err(error) => return Err(error).with_context(|| connection.unreadable()),
            }
        }
        Ok(())
    }
}

/// Whether the event or its raw payload mentions the address. Fails if the payload cannot be read.
async fn mentions(
    connection: &Connection,
    stored: &StoredEvent,
    spellings: &Spellings,
) -> Result<bool, StoreError> {
    if spellings.are_in(&json!(stored.event).to_string()) {
        return Ok(true);
    }
    let raw = connection.store.raw(stored).await?;
    Ok(spellings.are_in(&String::from_utf8_lossy(&raw)))
}
