//! Measures the function binaries under load, and reports losses. See `README.md` beside this file.
//!
//!     load [--smoke] [--write]
//!
//! `PROGRAMS` names the folder of the binaries; without it, and with `--smoke`, the test binaries are built and used.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints what it measured, and stops where it cannot continue"
)]

mod document;

use std::path::PathBuf;
use std::process::ExitCode;

use ingestion::clock::Stopwatch;
use ingestion::environment;
use mailhooks_tests::load::report::{HEAD, Report};
use mailhooks_tests::load::{Plan, scenarios};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_given = |name: &str| arguments.iter().any(|argument| argument == name);
    let is_smoke = is_given("--smoke");
    let plan = if is_smoke {
        Plan::smoke()
    } else {
        Plan::full(environment::variable("PROGRAMS").map(PathBuf::from))
    };
    let stopwatch = Stopwatch::start();
    // A panic, such as that of a testbed whose sandbox has ended, has already been printed.
    let Ok(reports) = tokio::spawn(run(plan)).await else {
        return ExitCode::FAILURE;
    };
    let table: String = reports.iter().map(Report::row).collect();
    println!("\n{HEAD}{table}");
    println!("{} s in all", stopwatch.elapsed().as_secs());
    let mut is_sound = true;
    for report in &reports {
        for problem in &report.problems {
            println!("{}: {problem}", report.name);
            is_sound = false;
        }
    }
    if is_given("--write") && !is_smoke {
        document::write(&format!("{HEAD}{table}"));
    }
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(plan: Plan) -> Vec<Report> {
    let mut reports = Vec::new();
    reports.extend(said(scenarios::sustained(&plan).await));
    reports.extend(said(scenarios::burst(&plan).await));
    reports.extend(said(scenarios::batches(&plan).await));
    reports.extend(said(scenarios::slow_table(&plan).await));
    reports.extend(said(scenarios::dead_topic(&plan).await));
    reports.extend(said(scenarios::forgeries(&plan).await));
    reports.extend(said(scenarios::explosives(&plan).await));
    reports
}

fn said(reports: Vec<Report>) -> Vec<Report> {
    for report in &reports {
        println!("{}: {:.1} s, the longest: {}", report.name, report.elapsed.as_secs_f64(), report.slowest);
    }
    reports
}
