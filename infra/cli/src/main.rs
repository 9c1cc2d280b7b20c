//! The `mailhooks` program: reads the command line, does it, and says with its exit status how it went.

mod announcements;
mod aws;
mod classify;
mod cli;
mod confirm;
mod connect;
mod deployed;
mod dev;
mod doctor;
mod events;
mod management;
mod manual;
mod moment;
mod options;
mod output;
mod reconcile;
mod redrive;
mod renormalize;
mod schema;
mod secret;
mod secret_place;
mod send;
mod webhooks;
mod words;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Cli::parse()).await
}
