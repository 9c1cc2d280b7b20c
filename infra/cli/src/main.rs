//! The `mailhooks` program: reads the command line, does it, and says with its exit status how it went.

use std::process::ExitCode;

use clap::Parser;
use mailhooks::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Cli::parse()).await
}
