//! Keeps the suppression list of the local stack from its announcements on the topic `actions`, with the code that a deployed
//! stack's function uses.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use ingestion::notifier::Topic;
use ingestion::store::StoreError;
use ingestion::suppressions::Keeper;
use normalization::Event;
use serde::Deserialize as _;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::data_folder::DataFolder;
use crate::engines::{Announcement, Announcements, read_announcements};
use crate::private;

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// How long to wait for the list when the stack stops. The next run takes what is missing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes what was announced on a stopped stack into its list.
pub async fn catch_up(folder: &DataFolder, keeper: &Keeper) -> Result<()> {
    let announcements = read_announcements(&folder.announcements())?;
    let place = Place::of(Some(folder));
    let taken = place.read(announcements.len());
    let new = announcements.get(taken..).unwrap_or_default();
    take(keeper, new).await.context("cannot bring the suppression list up to date")?;
    place.keep(announcements.len())
}

/// How many of the announcements the list has.
#[derive(Clone)]
pub(crate) struct Progress {
    announced: Arc<Announcements>,
    taken: watch::Receiver<usize>,
}

impl Progress {
    /// Waits until the list has everything that is announced now, but no longer than this.
    pub(crate) async fn caught_up(&self, patience: Duration) {
        let count = self.announced.count();
        let mut taken = self.taken.clone();
        drop(tokio::time::timeout(patience, taken.wait_for(|taken| *taken >= count)).await);
    }
}

/// The task that takes announcements into the list as they are published.
pub(crate) struct Following {
    task: JoinHandle<()>,
    progress: Progress,
}

impl Following {
    /// Starts with the announcements of earlier runs that the list does not have yet.
    pub(crate) fn start(keeper: Keeper, announced: Arc<Announcements>, folder: Option<&DataFolder>) -> Self {
        let place = Place::of(folder);
        let (sender, taken) = watch::channel(place.read(announced.count()));
        let task = tokio::spawn(follow(keeper, Arc::clone(&announced), place, sender));
        Self { task, progress: Progress { announced, taken } }
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Waits until the list has everything that is announced now.
    pub(crate) async fn caught_up(&self) {
        self.progress.caught_up(PATIENCE).await;
    }

    pub(crate) async fn stop(self) {
        self.caught_up().await;
        self.task.abort();
    }
}

async fn follow(keeper: Keeper, announced: Arc<Announcements>, place: Place, taken: watch::Sender<usize>) {
    let mut published = announced.subscribe();
    loop {
        let known = *taken.borrow();
        let new = announced.after(known);
        if new.is_empty() {
            match published.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            }
        }
        let known = known + new.len();
        if take(&keeper, &new).await.is_ok() && place.keep(known).is_ok() {
            taken.send_replace(known);
        } else {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn take(keeper: &Keeper, announcements: &[Announcement]) -> Result<(), StoreError> {
    let actions = announcements.iter().filter(|announcement| announcement.topic == Topic::Actions.name());
    // Events of another version are left to `suppressions rebuild`.
    let events: Vec<Event> =
        actions.filter_map(|announcement| Event::deserialize(&announcement.message).ok()).collect();
    keeper.learn(&events).await.into_iter().collect()
}

/// The file with the number of announcements that the list has; `None` for a stack in memory.
struct Place(Option<PathBuf>);

impl Place {
    fn of(folder: Option<&DataFolder>) -> Self {
        Self(folder.map(DataFolder::announcements_taken))
    }

    /// The number, or 0 if it is missing or more than there are: taking an announcement again changes nothing.
    fn read(&self, announced: usize) -> usize {
        let text = self.0.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let taken = text.and_then(|text| text.trim().parse().ok());
        taken.filter(|taken| *taken <= announced).unwrap_or(0)
    }

    fn keep(&self, taken: usize) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |path| private::replace(path, &format!("{taken}\n")))
    }
}
