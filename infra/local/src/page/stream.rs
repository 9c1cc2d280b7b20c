//! Sends new entries of the timeline as server-sent events. Each browser reads the timeline at its own pace.

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

/// Most entries in one event: few enough for the page to process between two frames.
const AT_ONCE: usize = 500;

pub(super) async fn stream(
    State(page): State<Arc<Page>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    page.read_history();
    let (timeline, mark) = (Arc::clone(&page.timeline), page.timeline.watch());
    let follower = Follower { timeline, mark, last: None, knows_history: false, troubles: 0 };
    let events = unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A browser, and its position in the timeline.
struct Follower {
    timeline: Arc<Timeline>,
    mark: watch::Receiver<Mark>,
    /// The newest entry that was sent; `None` before `hello`.
    last: Option<i64>,
    knows_history: bool,
    /// The changes of the trouble that it knows.
    troubles: u64,
}

impl Follower {
    /// The next event: `hello` once, with the entry to start reading from; `entries`; `history` when older entries can be
    /// read; `gap` when some were missed; `trouble` when new events cannot be read, or can be again. `None` when the timeline stops.
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
            if mark.troubles != self.troubles {
                self.troubles = mark.troubles;
                let trouble = json!({"problem": self.timeline.trouble()});
                return Some(Event::default().event("trouble").data(trouble.to_string()));
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
