//! Adds handled requests and announcements to the timeline.

use std::sync::Arc;

use ingestion::outcome::Outcome;
use ingestion::store::StoreError;
use ingestion::{EventOutcome, Handled};
use jiff::Timestamp;
use lambda_http::Request;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::Page;
use super::entry::{self, cut};
use super::timeline::Timeline;
use crate::engines::Announcements;
use crate::news::News;

/// Most bytes kept of the body of a request that was not accepted.
const KEPT_BODY: usize = 16 * 1024;

impl Page {
    /// Adds a request that a receiver handled.
    pub(crate) async fn observe(&self, request: &Request, handled: &Handled) {
        self.refused.add(handled, request.headers());
        let entries = self.events(handled).await;
        if !matches!(handled.outcome, Outcome::Accepted) || entries.is_empty() {
            self.timeline.push(vec![entry::request(handled)], Some(kept(request)));
        }
        self.timeline.push(entries, None);
    }

    /// Adds the events that were recorded since the last call, of a deployed stack.
    pub(crate) async fn observe_news(&self, news: &mut News) -> Result<(), StoreError> {
        let found = news.next(&self.sources.store, self.sources.clock.now()).await;
        self.timeline.set_trouble(found.as_ref().err().map(ToString::to_string));
        let found = found?;
        if !found.events.is_empty() {
            self.timeline.push(found.events.iter().map(entry::news).collect(), None);
        }
        Ok(())
    }

    /// Adds a request to a path without a receiver.
    pub(crate) fn observe_stray(&self, at: Timestamp, status: u16, path: Option<&str>, request: &Request) {
        self.timeline.push(vec![entry::stray(at, status, path)], Some(kept(request)));
    }

    /// The events of a request, as they are stored now. Leaves out those that were not recorded or cannot be read.
    async fn events(&self, handled: &Handled) -> Vec<Value> {
        let mut entries = Vec::new();
        for event in &handled.events {
            let is_new = match event.outcome {
                EventOutcome::Recorded => true,
                EventOutcome::Duplicate => false,
                EventOutcome::Unrecorded(_) => continue,
            };
            if let Ok(Some(stored)) = self.sources.store.event(&event.key).await {
                entries.push(entry::event(handled, &stored, is_new));
            }
        }
        entries
    }
}

/// The kept part of a request, which has a limited size.
fn kept(request: &Request) -> Value {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        json!([name.as_str(), cut(&value)])
    });
    let body: &[u8] = request.body();
    let kept = body.get(..KEPT_BODY).unwrap_or(body);
    json!({
        "method": request.method().as_str(),
        "path": cut(request.uri().path()),
        "headers": headers.collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(kept),
        "bytes": body.len(),
        "cut": body.len() > kept.len(),
    })
}

/// Adds announcements, except the first `known` ones, until the timeline stops.
pub(super) async fn follow(announced: Arc<Announcements>, mut known: usize, timeline: Arc<Timeline>) {
    let mut news = announced.subscribe();
    let mut mark = timeline.watch();
    loop {
        let new = announced.after(known);
        known += new.len();
        if !new.is_empty() {
            timeline.push(new.iter().map(entry::announcement).collect(), None);
        }
        tokio::select! {
            // After a lag, `announced` still has all of them.
            said = news.recv() => if let Err(RecvError::Closed) = said { return },
            _ = mark.wait_for(|mark| mark.stopping) => return,
        }
    }
}
