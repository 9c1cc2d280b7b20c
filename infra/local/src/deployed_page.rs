//! The page over the table and the topics of a deployed stack, for the operator on this machine.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use ingestion::clock::Clock;
use ingestion::notifier::Notifier;
use ingestion::store::{Store, StoreError};
use ingestion::suppressions::Suppressions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::news::News;
use crate::page::{self, Door, Page, Sources};
use crate::token::Token;

/// The pause between two queries for new events. The eight shards of a day cost four read units: two cents per day.
const PAUSE: Duration = Duration::from_secs(2);

/// A deployed stack, through clients with the credentials of the operator.
pub struct DeployedSources {
    /// A description of the stack for people.
    pub name: String,
    /// The table of events, which must have the index by time.
    pub store: Store,
    /// The suppression list, if the stack keeps one.
    pub list: Option<Suppressions>,
    /// The notifier for its topics.
    pub notifier: Notifier,
}

/// The running server. It stops when this is dropped.
pub struct DeployedPage {
    /// The URL that opens the page. It contains a token, so it is a secret.
    pub url: String,
    tasks: [JoinHandle<()>; 2],
}

impl DeployedPage {
    /// Serves the page on this port of 127.0.0.1; 0 chooses a free one. Reports each failed query for new events, which is repeated.
    ///
    /// # Errors
    ///
    /// The port is in use, or the table does not answer.
    pub async fn start(
        port: u16,
        sources: DeployedSources,
        failed: impl Fn(&StoreError) + Send + 'static,
    ) -> Result<Self> {
        let DeployedSources { name, store, list, notifier } = sources;
        let clock = Clock::system();
        let mut news = News::from_now_on(&store, clock.now()).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
            format!("cannot listen on 127.0.0.1:{port}: choose another --port, or 0 for any free port")
        })?;
        let address = listener.local_addr()?;
        let door = Door { port: address.port(), token: Token::random()? };
        let url = door.page_url();
        let sources = Sources { store, list, notifier, clock, local: None };
        let page = Arc::new(Page::new(format!("http://{address}"), Some(name), sources));
        let router =
            Router::new().route("/", page::index(&door)).merge(page::router(Arc::clone(&page), &door));
        let serving = tokio::spawn(async move {
            // Runs until this task is aborted and never returns an error.
            drop(axum::serve(listener, router).await);
        });
        let following = tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                page.observe_news(&mut news).await.unwrap_or_else(|problem| failed(&problem));
            }
        });
        Ok(Self { url, tasks: [serving, following] })
    }
}

impl Drop for DeployedPage {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
