//! The `mailhooks` program: runs the command line and reports the result as its exit status.

mod announcements;
mod aws;
mod checkpoint;
mod classify;
mod cli;
mod completions;
mod confirm;
mod connect;
mod dev;
mod doctor;
mod events;
mod forget;
mod manual;
mod options;
mod output;
mod pace;
mod page;
mod provider_api;
mod provider_types;
mod reading;
mod reconcile;
mod redrive;
mod renormalize;
mod schema;
mod secret;
mod secret_store;
mod selection;
mod send;
mod stack;
mod stats;
mod suppressions;
mod time_arg;
mod webhooks;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
