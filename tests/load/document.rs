//! Writes the measurements into `README.md`.

use std::fs;

use ingestion::clock;
use mailhooks_tests::files;

/// The marks around the measurements.
const MARKS: [&str; 2] =
    ["<!-- From here on written by `tests/load/run --write`. -->\n", "<!-- To here. -->\n"];

pub(crate) fn write(table: &str) {
    let path = files::root().join("tests/load/README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).unwrap();
    let (_, after) = rest.split_once(MARKS[1]).unwrap();
    let date = clock::now().strftime("%-d %B %Y");
    let machine = machine();
    let [begin, end] = MARKS;
    let text = format!("{before}{begin}\nMeasured on {date}, on {machine}.\n\n{table}\n{end}{after}");
    fs::write(path, text).unwrap();
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().unwrap();
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{cores} cores of {model}")
}
