//! Makes the table of phrases from `src/bounce/phrases.tsv`: the phrases and what they say, without the samples
//! and sources beside them, which the tests read.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "it runs in the build, where cargo speaks through the environment and a panic is an error of the build"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const PHRASES: &str = "src/bounce/phrases.tsv";

/// Stands for a few words in a phrase.
const GAP: &str = " … ";

/// Begins a phrase that is looked for in URLs and host names, and not in words.
const IN_HOSTS: &str = "host:";

fn main() {
    println!("cargo::rerun-if-changed={PHRASES}");
    let file = fs::read_to_string(PHRASES).expect("the file of phrases is beside this one");
    let mut phrases: Vec<(&str, &str)> = file
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.split('\t');
            match (fields.next(), fields.next()) {
                (Some(phrase), Some(signal)) => (phrase, signal),
                _ => panic!("{PHRASES}: no tab in {line:?}"),
            }
        })
        .collect();
    phrases.sort_unstable_by_key(|(phrase, _)| (bucket(phrase), *phrase));
    let (in_hosts, in_words): (Vec<_>, Vec<_>) =
        phrases.into_iter().partition(|(phrase, _)| phrase.starts_with(IN_HOSTS));

    let mut table = String::new();
    write_table(&mut table, "IN_WORDS", &in_words);
    write_buckets(&mut table, &in_words);
    write_table(&mut table, "IN_HOSTS", &in_hosts);
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("phrases.rs"), table).expect("cargo made the folder");
}

/// Five bits of each of the first two bytes: letters differ in them.
fn bucket(phrase: &str) -> usize {
    let mut bytes = phrase.bytes().map(|byte| usize::from(byte & 31));
    let mut next = || bytes.next().expect("two bytes");
    next() << 5 | next()
}

/// Where the phrases of each bucket begin, and where the last ones end.
fn write_buckets(table: &mut String, phrases: &[(&str, &str)]) {
    let starts = (0..=1 << 10).map(|start| {
        let before = phrases.iter().filter(|(phrase, _)| bucket(phrase) < start);
        before.count().to_string()
    });
    let starts = starts.collect::<Vec<_>>().join(", ");
    writeln!(table, "static BUCKETS: [u16; 1025] = [{starts}];").expect("a String takes all");
}

fn write_table(table: &mut String, name: &str, phrases: &[(&str, &str)]) {
    let mut line = |text: String| writeln!(table, "{text}").expect("a String takes all");
    line(format!("pub(super) static {name}: &[Phrase] = &["));
    let mut before = "";
    for (phrase, signal) in phrases {
        let mut parts = phrase.trim_start_matches(IN_HOSTS).split(GAP);
        let start = parts.next().unwrap_or_default();
        let rest: Vec<_> = parts.collect();
        let signal = match signal.strip_suffix('?') {
            Some(reason) => format!("signals::hint(signals::{})", reason.to_ascii_uppercase()),
            None => format!("signals::{}", signal.to_ascii_uppercase()),
        };
        line(format!(
            "    Phrase {{ start: {start:?}, begins_like_the_one_before: {}, rest: &{rest:?}, signal: {signal} }},",
            start == before,
        ));
        before = start;
    }
    line("];".to_owned());
}
