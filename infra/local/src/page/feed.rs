//! From what a receiver did to entries of the timeline.

use std::sync::Arc;

use ingestion::outcome::Outcome;
use ingestion::{EventOutcome, Handled};
use jiff::Timestamp;
use lambda_http::Request;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::Page;
use super::entry::{self, cut};
use super::timeline::Timeline;
use crate::engines::Announcements;

/// Bytes of a body that are kept of a request that was not accepted.
const KEPT_BODY: usize = 16 * 1024;

impl Page {
    /// Notes what a receiver did with a request.
    pub(crate) async fn observe(&self, request: &Request, handled: &Handled) {
        self.refused.add(handled, request.headers());
        let entries = self.events(handled).await;
        if !matches!(handled.outcome, Outcome::Accepted) || entries.is_empty() {
            self.timeline.push(vec![entry::request(handled)], Some(kept(request)));
        }
        self.timeline.push(entries, None);
    }

    /// Notes a request that was for no receiver.
    pub(crate) fn observe_stray(&self, at: Timestamp, status: u16, path: Option<&str>, request: &Request) {
        self.timeline.push(vec![entry::stray(at, status, path)], Some(kept(request)));
    }

    /// The events of a request, as the store has them now. What it cannot tell was not recorded either.
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

/// What is kept of a request: bounded, whatever was sent.
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

/// Notes announcements, all but the `known` first ones, until the timeline stops.
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
            // Who lags behind finds all of them in the book.
            said = news.recv() => if let Err(RecvError::Closed) = said { return },
            _ = mark.wait_for(|mark| mark.stopping) => return,
        }
    }
}
