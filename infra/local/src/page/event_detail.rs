//! The details of one event: normalized and raw, with its timeline, its state and its announcements.

use std::sync::Arc;

use anyhow::Result;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use normalization::state::states;
use normalization::{Event, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Page, entry, error};
use crate::engines::Announcement;

/// Most bytes shown of a raw payload. All of it can be downloaded.
const SHOWN: usize = 256 * 1024;

/// Most events shown of a timeline: the last ones.
const MAX_TIMELINE: usize = 200;

/// Everything known about an event. A struct, so that the event keeps the order of its members.
#[derive(Serialize)]
struct Opened {
    event: Event,
    received_at: Timestamp,
    waiting: bool,
    raw: Value,
    /// Oldest first.
    timeline: Vec<Value>,
    timeline_left_out: usize,
    timeline_unreadable: usize,
    states: Vec<Value>,
    /// The topics that take the event.
    due: Vec<String>,
    /// `None` where that is not known: a deployed stack keeps no record of its announcements.
    announcements: Option<Vec<Announcement>>,
}

/// The keys of an event.
#[derive(Deserialize)]
pub(super) struct Keys {
    partition: String,
    key: String,
}

impl From<Keys> for Key {
    fn from(keys: Keys) -> Self {
        Self { partition: keys.partition, event: keys.key }
    }
}

pub(super) async fn event(State(page): State<Arc<Page>>, Query(keys): Query<Keys>) -> Response {
    match page.open(&keys.into()).await {
        Ok(Some(opened)) => Json(opened).into_response(),
        Ok(None) => error::not_found("the store has no such event"),
        Err(problem) => error::failed(&problem),
    }
}

/// Returns the provider's exact bytes, as a download.
pub(super) async fn raw(State(page): State<Arc<Page>>, Query(keys): Query<Keys>) -> Response {
    let read = async {
        let Some(stored) = page.sources.store.event(&keys.into()).await? else {
            return Ok(None);
        };
        page.sources.store.raw(&stored).await.map(Some)
    };
    match read.await {
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream"),
                (header::CONTENT_DISPOSITION, "attachment; filename=payload"),
            ];
            (headers, bytes).into_response()
        }
        Ok(None) => error::not_found("the store has no such event"),
        Err(problem) => error::failed(&problem),
    }
}

impl Page {
    async fn open(&self, key: &Key) -> Result<Option<Opened>> {
        let Some(stored) = self.sources.store.event(key).await? else {
            return Ok(None);
        };
        let raw = self.sources.store.raw(&stored).await?;
        // All events of the same message, contact or domain.
        let found = self.sources.store.under(&stored.key.partition).await?;
        let timeline = found.events;
        let events: Vec<&Event> = timeline.iter().map(|stored| &stored.event).collect();
        let left_out = timeline.len().saturating_sub(MAX_TIMELINE);
        Ok(Some(Opened {
            raw: shown_bytes(&raw),
            timeline: timeline.iter().skip(left_out).map(entry::stored).collect(),
            timeline_left_out: left_out,
            timeline_unreadable: found.unreadable.len(),
            states: states(&events).iter().map(|state| json!(state)).collect(),
            due: self.due(&stored.event.data),
            announcements: self.sources.local.as_ref().map(|local| local.announced.of(&stored.event.id)),
            received_at: stored.received_at,
            waiting: stored.unannounced,
            event: stored.event,
        }))
    }
}

fn shown_bytes(bytes: &[u8]) -> Value {
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    json!({
        "text": String::from_utf8_lossy(shown),
        "bytes": bytes.len(),
        "is_utf8": std::str::from_utf8(bytes).is_ok(),
        "cut": shown.len() < bytes.len(),
    })
}
