//! Every fixture is a test, named for its file. Requests in `accepted/` must be accepted, and requests in `rejected/`
//! must be rejected. The JSON file beside each request contains the exact result.
//!
//! `UPDATE_EXPECT=1` rewrites the expected events of accepted fixtures and the list of keys. Review the diff before
//! committing it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use ingestion::environment;
use lambda_http::http::StatusCode;
use libtest_mimic::{Arguments, Failed, Trial};
use mailhooks_local::samples::Fixture;
use mailhooks_tests::aws::Service;
use mailhooks_tests::testbed::{json, request_of};
use mailhooks_tests::{Testbed, files};
use normalization::{Event, ProviderName, Record};
use serde_json::{Value, json};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for provider in ProviderName::ALL.iter().copied() {
        let folder = files::fixtures(provider);
        for file in files::with_ending(&folder.join("accepted"), "http") {
            trials.push(trial(provider, "accepted", file, accepted));
        }
        for file in files::with_ending(&folder.join("rejected"), "http") {
            trials.push(trial(provider, "rejected", file, rejected));
        }
        trials.push(Trial::test(format!("{provider}/every_expectation_has_a_request"), move || {
            orphans(provider)
        }));
        trials.push(Trial::test(format!("{provider}/keys_never_change"), move || keys(provider)));
        trials.push(Trial::test(format!("{provider}/the_page_lists_every_sample"), move || page(provider)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

type Check = fn(&Fixture, &Path) -> Result<(), Failed>;

fn trial(provider: ProviderName, folder: &str, file: PathBuf, check: Check) -> Trial {
    let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
    Trial::test(format!("{provider}/{folder}/{name}"), move || {
        check(&files::fixture(provider, &file), &file.with_extension("json"))
    })
}

/// The events are as expected, in normalization, in the table, in the announcements; and only once.
fn accepted(fixture: &Fixture, expectation: &Path) -> Result<(), Failed> {
    let events: Vec<Value> = events_of(fixture).iter().map(|(event, _)| to_json(event)).collect();
    if updating() {
        fs::write(expectation, serde_json::to_string_pretty(&events)? + "\n")?;
    }
    let expected: Vec<Value> = serde_json::from_slice(
        &fs::read(expectation)
            .map_err(|error| format!("{}: {error}; UPDATE_EXPECT=1 writes it", expectation.display()))?,
    )?;
    same("the events", &events, &expected)?;
    run(stored_and_announced(fixture, expected))
}

async fn stored_and_announced(fixture: &Fixture, expected: Vec<Value>) -> Result<(), Failed> {
    let testbed = Testbed::start(fixture.now).await.announcing_all();
    let mut distinct: Vec<Value> = Vec::new();
    for event in expected.iter().cloned() {
        if !distinct.iter().any(|known| known["id"] == event["id"]) {
            distinct.push(event);
        }
    }
    for (recorded, duplicates) in [(distinct.len(), expected.len() - distinct.len()), (0, expected.len())] {
        let response = testbed.receive(fixture.provider, request_of(fixture)).await;
        same("the status", &response.status(), &StatusCode::OK)?;
        let counts = json!({"received": expected.len(), "recorded": recorded, "duplicates": duplicates});
        same("the answer", &json(&response), &counts)?;
    }
    distinct.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
    let stored = testbed.stored().await;
    let events: Vec<Value> = stored.iter().map(|stored| to_json(&stored.event)).collect();
    same("what is stored", &events, &distinct)?;
    for stored in &stored {
        let raw = testbed.store.raw(stored).await?;
        let found = raw.is_empty() || fixture.body.windows(raw.len()).any(|part| part == raw);
        same("the raw payload is a part of the body", &found, &true)?;
        same("the event waits for nothing", &stored.unannounced, &false)?;
    }
    let mut announced: Vec<Value> = testbed
        .announcements()
        .into_iter()
        .filter(|one| one.topic == "events")
        .map(|one| one.message)
        .collect();
    announced.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
    same("what is announced", &announced, &distinct)
}

/// The request is refused as expected, and reaches neither the table nor a topic.
fn rejected(fixture: &Fixture, expectation: &Path) -> Result<(), Failed> {
    let expected: Value = serde_json::from_slice(&fs::read(expectation)?)?;
    run(async {
        let testbed = Testbed::start(fixture.now).await;
        let before = testbed.aws.count(Service::DynamoDb);
        let response = testbed.receive(fixture.provider, request_of(fixture)).await;
        let reason = testbed.lines()[0]["reason"].clone();
        let refusal = json!({"status": response.status().as_u16(), "reason": reason});
        same("the refusal", &refusal, &expected)?;
        same("calls to the table", &testbed.aws.count(Service::DynamoDb), &before)?;
        same("calls to the topics", &testbed.aws.count(Service::Sns), &0)
    })
}

/// A JSON file without a request beside it tests nothing.
fn orphans(provider: ProviderName) -> Result<(), Failed> {
    for folder in ["accepted", "rejected"] {
        for file in files::with_ending(&files::fixtures(provider).join(folder), "json") {
            same(&file.display().to_string(), &file.with_extension("http").exists(), &true)?;
        }
    }
    Ok(())
}

/// A key that changes would record a provider's retry twice.
fn keys(provider: ProviderName) -> Result<(), Failed> {
    let mut lines = vec!["# fixture, partition key, event key: fixed for ever, once released".to_owned()];
    for fixture in files::all_accepted(provider) {
        for (_, key) in events_of(&fixture).iter().take(3) {
            lines.push(format!("{}\t{key}", fixture.name));
        }
    }
    let now = lines.join("\n") + "\n";
    let file = files::fixtures(provider).join("keys.tsv");
    if updating() {
        fs::write(&file, &now)?;
    }
    same("the keys", &now.lines().collect::<Vec<_>>(), &fs::read_to_string(file)?.lines().collect::<Vec<_>>())
}

/// The provider's page and the documented samples say the same, in both directions.
fn page(provider: ProviderName) -> Result<(), Failed> {
    let page = fs::read_to_string(files::fixtures(provider).join("README.md"))?;
    let mut listed = Vec::new();
    for line in page.lines().filter(|line| line.contains("](accepted/")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, word, ours, action, _, sample, _] = cells[..] else {
            return Err(format!("not a row of five cells: {line}").into());
        };
        let sample = sample.trim_start_matches('[').split(']').next().unwrap_or_default();
        let event = events_of(&files::accepted(provider, sample)).remove(0).0;
        let said = action.contains(&format!("`{}`", event.data.action));
        same(&format!("{line}: the action of the sample is named"), &said, &true)?;
        listed.push(format!("{word} {ours} {sample}"));
    }
    let mut samples = Vec::new();
    for fixture in files::all_accepted(provider) {
        if let Some(word) = &fixture.documents {
            let event = events_of(&fixture).remove(0).0;
            samples.push(format!("`{word}` `{}` {}", event.data.event_type, fixture.name));
        }
    }
    listed.sort();
    samples.sort();
    same("the table of events", &listed, &samples)
}

/// The events of a fixture, each with its keys.
fn events_of(fixture: &Fixture) -> Vec<(Event, String)> {
    files::with_records(fixture, |records| {
        let keys = |record: &Record<'_>| format!("{}\t{}", record.key.partition, record.key.event);
        records.iter().map(|record| (record.event.clone(), keys(record))).collect()
    })
}

fn to_json(event: &Event) -> Value {
    serde_json::to_value(event).unwrap()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}\n found: {found:#?}\n expected: {expected:#?}").into())
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn updating() -> bool {
    environment::variable("UPDATE_EXPECT").is_some()
}
