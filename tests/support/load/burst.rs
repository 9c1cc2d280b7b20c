//! Webhooks that arrive faster than they can be handled one after the other: Lambda starts sandboxes for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ingestion::clock::Stopwatch;
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::load::fleet::{Answered, Fleet, Sandbox, Starter};
use crate::load::posts::Post;

/// The time from one webhook to the next.
const PAUSE: Duration = Duration::from_millis(1);

/// The sandboxes so far.
#[derive(Default)]
struct Pool {
    free: Vec<Arc<Sandbox>>,
    started: Vec<Arc<Sandbox>>,
    /// The number of sandboxes that were started or are about to start.
    count: usize,
}

/// What Lambda does with a webhook.
enum Place {
    Free(Arc<Sandbox>),
    New,
    None,
}

impl Fleet {
    /// Takes a webhook each millisecond, as Lambda does: a free sandbox handles it, or else a new one, after it has started. Beyond
    /// this many sandboxes a webhook is refused with 429, as by Lambda's limit. The durations include starts.
    pub async fn burst(&mut self, posts: Vec<Arc<Post>>, most: usize) -> Vec<Answered> {
        let pool = Arc::new(Mutex::new(Pool::default()));
        let mut arrivals = interval(PAUSE);
        let mut webhooks = JoinSet::new();
        for (index, post) in posts.into_iter().enumerate() {
            arrivals.tick().await;
            let (pool, starter) = (Arc::clone(&pool), Arc::clone(&self.starter));
            webhooks.spawn(async move { take(&pool, &starter, post, index, most).await });
        }
        let answers = webhooks.join_all().await;
        self.sandboxes.append(&mut pool.lock().unwrap().started);
        answers
    }
}

async fn take(pool: &Mutex<Pool>, starter: &Starter, post: Arc<Post>, index: usize, most: usize) -> Answered {
    let stopwatch = Stopwatch::start();
    let place = pool.lock().unwrap().place(most);
    let sandbox = match place {
        Place::Free(sandbox) => sandbox,
        Place::New => {
            let sandbox = starter.start().await;
            pool.lock().unwrap().started.push(Arc::clone(&sandbox));
            sandbox
        }
        Place::None => {
            return Answered {
                post,
                status: Some(429),
                recorded: 0,
                duplicates: 0,
                duration: stopwatch.elapsed(),
            };
        }
    };
    let mut answered = sandbox.take(starter.provider(), post, index).await;
    answered.duration = stopwatch.elapsed();
    pool.lock().unwrap().free.push(sandbox);
    answered
}

impl Pool {
    fn place(&mut self, most: usize) -> Place {
        if let Some(sandbox) = self.free.pop() {
            return Place::Free(sandbox);
        }
        if self.count == most {
            return Place::None;
        }
        self.count += 1;
        Place::New
    }
}
