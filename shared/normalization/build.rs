//! Takes the phrases and what they say out of `src/bounce/phrases.tsv`, without the samples and sources beside them: those
//! are for the tests, and would make every function larger.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "it runs in the build, where cargo speaks through the environment and a panic is an error of the build"
)]

use std::path::Path;
use std::{env, fs};

const PHRASES: &str = "src/bounce/phrases.tsv";

fn main() {
    println!("cargo::rerun-if-changed={PHRASES}");
    let file = fs::read_to_string(PHRASES).expect("the file of phrases is beside this one");
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let columns = lines.filter_map(|line| line.split_once('\t')).map(|(phrase, rest)| {
        let signal = rest.split('\t').next().unwrap_or_default().to_ascii_uppercase();
        format!("{phrase}\t{signal}")
    });
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    let phrases = columns.collect::<Vec<_>>().join("\n");
    fs::write(Path::new(&folder).join("phrases.tsv"), phrases).expect("cargo made the folder");
}
