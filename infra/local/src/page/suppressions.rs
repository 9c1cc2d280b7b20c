//! The suppressed addresses, and the state of one address with its evidence.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use ingestion::store::StoreError;
use ingestion::suppressions::{Answer, Entry, Explained, Suppressions};
use jiff::Timestamp;
use normalization::lookup_form;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, error};

/// Most addresses in one answer.
const LISTED: usize = 1_000;

/// How long to wait until the list has what is announced: the page asks as soon as it shows an announcement.
const PATIENCE: Duration = Duration::from_secs(2);

/// The suppressed addresses.
struct Suppressed {
    /// The newest ones, newest first.
    newest: Vec<(Timestamp, Entry)>,
    total: usize,
}

impl Suppressed {
    fn keep_newest(&mut self) {
        self.newest.sort_by(|(one, entry), (other, another)| {
            (Reverse(one), &entry.address).cmp(&(Reverse(other), &another.address))
        });
        self.newest.truncate(LISTED);
    }
}

/// Returns the suppressed addresses, newest first; none if the stack keeps no list.
pub(super) async fn list(State(page): State<Arc<Page>>) -> Response {
    let now = page.sources.clock.now();
    let Some(list) = &page.sources.list else {
        return Json(json!({"suppressions": [], "total": 0})).into_response();
    };
    match page.suppressed(list, now).await {
        Ok(Suppressed { newest, total }) => {
            let policy = list.policy();
            let answers: Vec<_> = newest.iter().map(|(_, entry)| entry.answer(policy, now)).collect();
            Json(json!({"suppressions": answers, "total": total})).into_response()
        }
        Err(problem) => error::failed(&problem),
    }
}

#[derive(Deserialize)]
pub(super) struct OfAddress {
    address: String,
}

/// Returns the state of an address; null if the stack keeps no list. An address without an entry is clear.
pub(super) async fn address(State(page): State<Arc<Page>>, Query(query): Query<OfAddress>) -> Response {
    let address = lookup_form(&query.address);
    let Some(list) = &page.sources.list else { return Json(Value::Null).into_response() };
    page.list_caught_up().await;
    let slots = match list.evidence(&address).await {
        Ok(known) => known.unwrap_or_default(),
        Err(problem) => return error::failed(&problem),
    };
    let answer = Answer::new(&address, &slots, list.policy(), page.sources.clock.now());
    Json(Explained::new(answer, &slots).newest_first()).into_response()
}

impl Page {
    /// Waits for the list of a local stack.
    async fn list_caught_up(&self) {
        if let Some(local) = &self.sources.local {
            local.list_progress.caught_up(PATIENCE).await;
        }
    }

    async fn suppressed(&self, list: &Suppressions, now: Timestamp) -> Result<Suppressed, StoreError> {
        self.list_caught_up().await;
        let mut found = Suppressed { newest: Vec::new(), total: 0 };
        let mut pages = list.pages(1);
        while let Some(entries) = pages.try_next().await? {
            for entry in entries {
                if let Some(since) = entry.answer(list.policy(), now).since {
                    found.newest.push((since, entry));
                    found.total += 1;
                }
            }
            if found.newest.len() > 2 * LISTED {
                found.keep_newest();
            }
        }
        found.keep_newest();
        Ok(found)
    }
}
