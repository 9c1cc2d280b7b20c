//! From what a receiver did to entries of the timeline.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::Timestamp;
use normalization::ProviderName;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::Page;
use super::entry::{self, Answered, cut};
use super::timeline::Timeline;
use crate::engines::AnnouncementBook;
use crate::identify::{Identified, Signed};

/// Bytes of a body that are kept of a request that was not accepted.
const KEPT_BODY: usize = 16 * 1024;

/// A request as it came.
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Page {
    /// Notes a request that was answered, with the line that the log has about it.
    pub(crate) async fn observe(&self, provider: Option<ProviderName>, seen: &Seen, line: &Value) {
        let answered = Answered { at: seen.at, provider, line };
        if let Some(provider) = provider {
            self.refused.add(provider, seen.at, &seen.headers, line);
        }
        let accepted = line["outcome"] == "accepted";
        let events = match provider {
            Some(provider) if accepted || line["outcome"] == "unavailable" => {
                self.identify(provider, seen).await
            }
            _ => Vec::new(),
        };
        let entries = self.events(&answered, &events).await;
        if !accepted || entries.is_empty() {
            self.timeline.push_request(answered.request(), request(seen));
        }
        self.timeline.push(entries);
    }

    /// The events in a webhook that its receiver has verified, so this does not fail.
    async fn identify(&self, provider: ProviderName, seen: &Seen) -> Vec<Identified> {
        let Some(secrets) = self.secrets.get(&provider) else {
            return Vec::new();
        };
        let secrets = secrets.accepted().await.ok();
        let headers = seen.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let signed = secrets.as_ref().map(|secrets| Signed {
            headers: headers.collect(),
            body: &seen.body,
            secrets,
            now: seen.at,
        });
        let events = signed.and_then(|signed| signed.identify(provider).ok());
        events.unwrap_or_default()
    }

    /// The events that are in the store now, each with whether it is there since this request.
    async fn events(&self, answered: &Answered<'_>, events: &[Identified]) -> Vec<Value> {
        let line = answered.line;
        let recorded = line["Recorded"].as_u64().unwrap_or_default();
        let duplicates = line["Duplicates"].as_u64().unwrap_or_default();
        let accepted = line["outcome"] == "accepted";
        let announced = line.get("AnnounceFailed").is_none();
        if accepted && announced && (recorded == 0 || duplicates == 0) {
            let entries = events.iter().map(|event| answered.event(event, recorded > 0, false));
            return entries.collect();
        }
        // Some are new and some are not, or some wait, so the store decides: what is new was received just now.
        let now = line.pointer("/_aws/Timestamp").and_then(Value::as_i64);
        let mut met = BTreeSet::new();
        let mut entries = Vec::new();
        for event in events {
            let stored = self.store.event(&event.key).await;
            // What the store cannot tell was not recorded either.
            if let Ok(Some(stored)) = stored {
                let since_now = Some(stored.received_at.as_millisecond()) == now;
                let is_new = since_now && met.insert(&event.key);
                entries.push(answered.event(event, is_new, stored.unannounced));
            }
        }
        entries
    }
}

/// What is kept of a request: bounded, whatever was sent.
fn request(seen: &Seen) -> Value {
    let headers = seen.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        json!([name.as_str(), cut(&value)])
    });
    let kept = seen.body.get(..KEPT_BODY).unwrap_or(&seen.body);
    json!({
        "method": seen.method,
        "path": cut(&seen.path),
        "headers": headers.collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(kept),
        "bytes": seen.body.len(),
        "cut": seen.body.len() > kept.len(),
    })
}

/// Notes announcements, all but the `known` first ones, until the timeline stops.
pub(super) async fn follow(announced: AnnouncementBook, mut known: usize, timeline: Arc<Timeline>) {
    let mut news = announced.subscribe();
    let mut mark = timeline.watch();
    loop {
        let new = announced.after(known);
        known += new.len();
        if !new.is_empty() {
            timeline.push(new.iter().map(entry::announcement).collect());
        }
        tokio::select! {
            // Who lags behind finds all of them in the book.
            said = news.recv() => if let Err(RecvError::Closed) = said { return },
            _ = mark.wait_for(|mark| mark.stopping) => return,
        }
    }
}
