//! `mailhooks page`: serves the live page for a deployed stack.

use anyhow::{Result, ensure};
use mailhooks_local::{DeployedPage, DeployedSources};
use serde_json::json;

use crate::connect::{self, TopicArns};
use crate::options::{Global, UsageError};
use crate::{output, reading};

const EXAMPLES: &str = "\
Examples:
  mailhooks page --stack mailhooks
  mailhooks page --stack mailhooks --port 0

Shows the newest events as they arrive, finds others by address, message, id, type and time, and opens one with its \
timeline, raw payload and the state of its address. It can announce an event again. The page is served on 127.0.0.1, only to \
a browser that opens the printed URL, and uses your AWS credentials. Looking for new events costs about 0.02 dollars per day.

A local stack has the page at the address that `mailhooks dev` prints.";

/// Serves the live page for a deployed stack on this machine, with your AWS credentials
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Port on 127.0.0.1; 0 selects any free port
    #[arg(long, value_name = "PORT", default_value_t = 8788)]
    port: u16,
    #[command(flatten)]
    topics: TopicArns,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    if !global.is_deployed() {
        let message = "name a deployed stack with --stack: `mailhooks dev` serves the page of a local one";
        return Err(UsageError(message.to_owned()).into());
    }
    let (connection, notifier) = connect::with_topics(global, &arguments.topics, false).await?;
    ensure!(
        reading::has_time_index(&connection).await?,
        "{} has no index by time, which the page needs: deploy it with TimeIndex=on",
        connection.name
    );
    let sources = DeployedSources {
        name: connection.name.clone(),
        store: connection.store.clone(),
        list: connection.list.clone(),
        notifier,
    };
    let name = connection.name.clone();
    let failed = move |problem: &_| output::remark(&format!("cannot read {name}: {problem}; trying again"));
    let page = DeployedPage::start(arguments.port, sources, failed).await?;
    if global.json {
        output::print_json(&json!({"page": page.url}))?;
    } else {
        output::print(&format!("Open the page of {} in a browser, until Ctrl-C:", connection.name))?;
        output::print_whole(&page.url)?;
    }
    connect::shutdown_signal().await
}
