//! Announces an event once more on its topics.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use ingestion::announce::{Announced, Pending, announce};
use ingestion::clock::Deadline;
use normalization::Key;
use serde_json::json;

use super::event_detail::Keys;
use super::{Page, error};

/// The time limit of one announcement.
const ANNOUNCEMENT: Duration = Duration::from_mins(1);

/// Announces the event, and returns the topics.
pub(super) async fn again(State(page): State<Arc<Page>>, Query(keys): Query<Keys>) -> Response {
    let key = Key::from(keys);
    let sources = &page.sources;
    let stored = match sources.store.event(&key).await {
        Ok(Some(stored)) => stored,
        Ok(None) => return error::not_found("the store has no such event"),
        Err(problem) => return error::failed(&problem),
    };
    let topics = page.due(&stored.event.data);
    if topics.is_empty() {
        return error::not_found("no topic takes this event");
    }
    let pending = [Pending { key: &key, event: &stored.event }];
    let mut announced =
        announce(&sources.store, &sources.notifier, &pending, Deadline::after(ANNOUNCEMENT)).await;
    match announced.pop() {
        Some(Announced::Failed(problem)) => error::failed(&problem),
        // Without the outbox mark removed, it is announced again, under the same id.
        _ => Json(json!({"announced_on": topics})).into_response(),
    }
}
