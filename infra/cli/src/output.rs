//! The only module that prints. Results go to standard output, remarks to standard error.

mod csv_rows;
mod escape;
mod table;

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Result;
use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressStyle};
use ingestion::environment;
use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

pub(crate) use csv_rows::{csv_text, print_csv};
pub(crate) use escape::printable;
pub(crate) use mailhooks_local::summary::moment;
pub(crate) use table::Table;

/// Prints sentences to standard output, with control characters escaped. On a terminal they are wrapped between words.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_styled(&escape::lines(text))
}

/// Prints sentences that contain colour codes. The caller must pass untrusted text through [`printable`] first.
pub(crate) fn print_styled(text: &str) -> io::Result<()> {
    write_lines(&wrapped(text, &Term::stdout()))
}

/// Prints lines that must not be wrapped, such as commands and JSON, with control characters escaped.
pub(crate) fn print_whole(text: &str) -> io::Result<()> {
    write_lines(&escape::lines(text))
}

fn write_lines(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// The width of a terminal in columns; `None` if the output is not a terminal, or reports no usable width.
fn columns(terminal: &Term) -> Option<u16> {
    const LEAST: u16 = 20;
    let (_, columns) = terminal.size_checked()?;
    (columns >= LEAST).then_some(columns)
}

/// Wraps each line between words to the width of the terminal. Words, ids and URLs are never broken. A command between
/// backquotes stays on one line if it fits, so that it can be copied.
fn wrapped(text: &str, terminal: &Term) -> String {
    const INDENT: usize = 4;
    const KEPT_SPACE: &str = "\u{a0}";
    let Some(width) = columns(terminal).map(usize::from) else { return text.to_owned() };
    let lines = text.split('\n').map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len() + INDENT;
        let parts = line.split('`').enumerate().map(|(index, part)| match index % 2 {
            1 if part.len() + indent + INDENT < width => part.replace(' ', KEPT_SPACE),
            _ => part.to_owned(),
        });
        let line = parts.collect::<Vec<_>>().join("`");
        // A long URL stays whole at the left edge.
        let longest = line.split(' ').map(measure_text_width).max().unwrap_or(0);
        let indent = if longest + indent > width { String::new() } else { " ".repeat(indent) };
        let options = Options::new(width)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        textwrap::fill(&line, options).replace(KEPT_SPACE, " ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints exactly these bytes to standard output; on a terminal, with control characters escaped.
pub(crate) fn print_raw(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        stdout.write_all(escape::bytes(bytes).as_bytes())?;
    } else {
        stdout.write_all(bytes)?;
    }
    stdout.flush()
}

/// Prints one JSON object per line; on a terminal, with control characters escaped.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(value)?;
    if io::stdout().is_terminal() {
        return Ok(print_whole(&line)?);
    }
    Ok(write_lines(&line)?)
}

/// Prints a message for people to standard error. Commands in it are shown as this program was started, so that they
/// can be copied.
pub(crate) fn remark(text: &str) {
    let program = invocation(std::iter::empty());
    let text = text.replace("`mailhooks ", &format!("`{program} "));
    // If standard error is closed, the failure cannot be reported anywhere.
    drop(writeln!(io::stderr().lock(), "{}", wrapped(&escape::lines(&text), &Term::stderr())));
}

/// Whether the error means that the reader of standard output closed the pipe.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Colours the text green or red if standard output shows colours.
pub(crate) fn judged(text: &str, good: bool) -> String {
    match (colours(), good) {
        (false, _) => text.to_owned(),
        (true, true) => format!("\x1b[32m{text}\x1b[0m"),
        (true, false) => format!("\x1b[31m{text}\x1b[0m"),
    }
}

/// Whether standard output shows colours (<https://no-color.org>).
fn colours() -> bool {
    io::stdout().is_terminal() && environment::variable("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A progress bar for a terminal, with the time left. Without `length`, it is a spinner.
pub(crate) fn progress(length: Option<u64>, unit: &str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => {
            (ProgressBar::new(length), format!("{{bar:30}} {{pos}} of {{len}} {unit}, {{eta}} left"))
        }
        None => (ProgressBar::new_spinner(), format!("{{spinner}} {{pos}} {unit}")),
    };
    let style = ProgressStyle::with_template(&template);
    bar.with_style(style.expect("both templates are well formed"))
}

/// The shell command that runs this program again with these arguments.
pub(crate) fn invocation<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    // `cargo run` sets this variable.
    let program = match environment::variable("CARGO") {
        Some(_) => "cargo run --".to_owned(),
        None => quoted(&std::env::args().next().unwrap_or_default()),
    };
    let arguments = arguments.into_iter().map(quoted);
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Quotes a word for a shell, if necessary.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
