//! News of the timeline as server-sent events. Each browser reads from the timeline at its own pace.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, unfold};
use serde_json::json;
use tokio::sync::watch;

use super::Page;
use super::timeline::{Mark, Timeline};

/// Entries in one event: few enough that the page takes them in between two frames.
const AT_ONCE: usize = 500;

pub(super) async fn stream(
    State(page): State<Arc<Page>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    page.read_history();
    let (timeline, mark) = (Arc::clone(&page.timeline), page.timeline.watch());
    let follower = Follower { timeline, mark, last: None, knows_history: false };
    let events = unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A browser, and how far it is.
struct Follower {
    timeline: Arc<Timeline>,
    mark: watch::Receiver<Mark>,
    /// The newest entry that it was told; none before the greeting.
    last: Option<i64>,
    knows_history: bool,
}

impl Follower {
    /// What it is told next: `hello` once, where it is to begin reading; `entries`; `history` when older entries can
    /// be read; `gap` when it missed some.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let mark = *self.mark.borrow_and_update();
            if mark.stopping {
                return None;
            }
            let Some(last) = self.last else {
                self.last = Some(mark.newest);
                self.knows_history = mark.history_read;
                let hello = json!({"newest": mark.newest, "history_read": mark.history_read});
                return Some(Event::default().event("hello").data(hello.to_string()));
            };
            if mark.history_read && !self.knows_history {
                self.knows_history = true;
                return Some(Event::default().event("history").data("{}"));
            }
            let news = self.timeline.after(last, AT_ONCE);
            if news.gaps {
                self.last = Some(mark.newest);
                return Some(Event::default().event("gap").data("{}"));
            }
            if !news.entries.is_empty() {
                self.last = Some(news.last);
                return Event::default().event("entries").json_data(news.entries).ok();
            }
            self.mark.changed().await.ok()?;
        }
    }
}
