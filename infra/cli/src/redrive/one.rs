//! Sends one event again.

use anyhow::{Context, Result, anyhow, bail, ensure};
use ingestion::announce::Pending;
use ingestion::store::StoredEvent;
use serde_json::json;

use super::consumer::Consumer;
use super::destination::Destination;
use super::{Arguments, announce_one};
use crate::connect::{self, Connection};
use crate::options::Global;
use crate::{events, output};

/// Announces the event on its topics.
pub(super) async fn announce(id: &str, arguments: &Arguments, global: &Global) -> Result<()> {
    let (connection, notifier) =
        connect::with_topics(global, &arguments.topics, arguments.announce_all).await?;
    let StoredEvent { event, key, .. } = find(&connection, id, arguments).await?;
    ensure!(
        notifier.announces(&event.data),
        "no topic takes {id}, an {} with the action {}: name the topic of all events with --events-topic, or \
         --announce-all for a local stack",
        event.data.event_type,
        event.data.action
    );
    let pending = Pending { key: &key, event: &event };
    let unsettled = format!("announced {id}, and could not say so in {}", connection.name);
    announce_one(&connection.store, &notifier, pending, unsettled, format!("cannot announce {id}")).await?;
    if global.json {
        return output::print_json(&json!({"redriven": 1, "event": id}));
    }
    Ok(output::print(&format!("announced {id} once more"))?)
}

/// Sends the event to one consumer.
pub(super) async fn send(id: &str, to: &Destination, arguments: &Arguments, global: &Global) -> Result<()> {
    let (connection, consumer) = Consumer::open(Some(to), false, &arguments.topics, global).await?;
    let stored = find(&connection, id, arguments).await?;
    for result in consumer.send(&[stored]).await {
        result.map_err(|reason| anyhow!(reason)).with_context(|| format!("cannot send {id} to {to}"))?;
    }
    if global.json {
        return output::print_json(&json!({"redriven": 1, "event": id, "to": to.to_string()}));
    }
    Ok(output::print(&format!("sent {id} to {to}"))?)
}

async fn find(connection: &Connection, id: &str, arguments: &Arguments) -> Result<StoredEvent> {
    match events::by_id(connection, id, arguments.message.clone()).await? {
        Some(stored) => Ok(stored),
        None => bail!("{} has no event {id}", connection.name),
    }
}
