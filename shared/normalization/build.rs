//! Copies the phrases and their signals from `src/bounce/phrases.tsv`, without the samples and sources: only the
//! tests use those, and they would make every function larger.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "cargo passes values to a build script in the environment, and a panic fails the build"
)]

use std::path::Path;
use std::{env, fs};

const PHRASES: &str = "src/bounce/phrases.tsv";

fn main() {
    println!("cargo::rerun-if-changed={PHRASES}");
    let file = fs::read_to_string(PHRASES).expect("src/bounce/phrases.tsv can be read");
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let columns = lines.filter_map(|line| line.split_once('\t')).map(|(phrase, rest)| {
        let signal = rest.split('\t').next().unwrap_or_default().to_ascii_uppercase();
        format!("{phrase}\t{signal}")
    });
    let folder = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let phrases = columns.collect::<Vec<_>>().join("\n");
    fs::write(Path::new(&folder).join("phrases.tsv"), phrases).expect("cargo creates OUT_DIR");
}
