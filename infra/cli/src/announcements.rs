//! `mailhooks announcements`: lists the announcements of the local stack.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use mailhooks_local::summary::Announced;
use mailhooks_local::{Announcement, QueueMessage, read_announcements};

use crate::connect;
use crate::options::Global;
use crate::output::{self, Table};

const EXAMPLES: &str = "\
Examples:
  mailhooks announcements
  mailhooks announcements --follow
  mailhooks announcements --json | jq .message    the CloudEvents
  mailhooks announcements --sqs                   what an SQS queue receives
  mailhooks announcements --sqs | jq -r .Body     the bodies of its messages";

/// The delay between two checks of the file.
const PAUSE: Duration = Duration::from_millis(300);

/// Lists everything that the local stack announced, oldest first
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Continue with new announcements until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Print each as a message of a subscribed SQS queue: one JSON object per line
    #[arg(long)]
    sqs: bool,
    /// Print the messages of a subscription with raw message delivery: the body is the event itself
    #[arg(long, requires = "sqs")]
    raw: bool,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let folder = connect::folder(global)?;
    if folder.running()?.is_some_and(|endpoints| endpoints.in_memory) {
        bail!(
            "the stack that runs on {} keeps its announcements in memory: see its own output",
            folder.path().display()
        );
    }
    let path = folder.announcements();
    if arguments.follow {
        return connect::until_stopped(follow(&path, arguments, global.json)).await;
    }
    let announcements = read_announcements(&path)?;
    if announcements.is_empty() {
        output::remark("nothing was announced yet; `mailhooks dev --demo` announces samples");
        return Ok(());
    }
    if arguments.sqs || global.json {
        return announcements.iter().try_for_each(|one| print_object(one, arguments));
    }
    Ok(table(&announcements).print()?)
}

fn table(announcements: &[Announcement]) -> Table {
    let mut table = Table::new(&["time", "topic", "type", "action", "recipient", "id"]);
    for announcement in announcements {
        let announced = Announced::from(announcement);
        table.row(vec![
            output::moment(announcement.published_at),
            announcement.topic.clone(),
            announced.event_type.to_owned(),
            announced.action.to_owned(),
            announced.recipient.to_owned(),
            announced.id.to_owned(),
        ]);
    }
    table
}

/// Prints an announcement as JSON: as it was recorded, or as a message of a queue.
fn print_object(announcement: &Announcement, arguments: &Arguments) -> Result<()> {
    if arguments.sqs {
        return output::print_json(&QueueMessage::new(announcement, arguments.raw));
    }
    output::print_json(announcement)
}

async fn follow(path: &Path, arguments: &Arguments, json: bool) -> Result<()> {
    let mut shown = 0;
    let mut read = 0;
    loop {
        let length = fs::metadata(path).map_or(0, |file| file.len());
        if length != read {
            let announcements = read_announcements(path)?;
            if announcements.len() < shown {
                // The file was replaced by a shorter one, so start again.
                shown = 0;
            }
            for announcement in announcements.iter().skip(shown) {
                if arguments.sqs || json {
                    print_object(announcement, arguments)?;
                } else {
                    output::print(&line(announcement))?;
                }
            }
            (shown, read) = (announcements.len(), length);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Formats an announcement as one line. The recipient's address is left out, because terminal output is often logged.
pub(crate) fn line(announcement: &Announcement) -> String {
    let announced = Announced::from(announcement);
    output::printable(&format!(
        "{}  announced on {:<10}  {:<17}  {:<11}  {}",
        output::moment(announcement.published_at),
        announcement.topic,
        announced.event_type,
        announced.action,
        announced.id,
    ))
}
