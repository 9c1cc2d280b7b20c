//! The one place that prints. Results go to standard output, remarks to standard error.

mod escape;
mod table;

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Result;
use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressStyle};
use ingestion::environment;
use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

pub(crate) use escape::printable;
pub(crate) use mailhooks_local::summary::moment;
pub(crate) use table::Table;

/// Prints sentences to standard output, with control characters escaped. On a terminal they are wrapped between words.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_styled(&escape::lines(text))
}

/// Prints sentences that have colours. Text from outside must be [`printable`] already.
pub(crate) fn print_styled(text: &str) -> io::Result<()> {
    write_lines(&wrapped(text, &Term::stdout()))
}

/// Prints lines that must stay whole, such as commands and JSON, with control characters escaped.
pub(crate) fn print_whole(text: &str) -> io::Result<()> {
    write_lines(&escape::lines(text))
}

fn write_lines(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// The columns of a terminal; `None` if it is no terminal or reports no usable width.
fn columns(terminal: &Term) -> Option<u16> {
    const LEAST: u16 = 20;
    let (_, columns) = terminal.size_checked()?;
    (columns >= LEAST).then_some(columns)
}

/// Each line wrapped between words to the width of the terminal. Words, ids and URLs are never broken. A command between backquotes
/// stays on one line if it fits: a reader copies it.
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

/// Prints these bytes and nothing else to standard output; a terminal gets them with control characters escaped.
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

/// Says something to the person who waits; programs read standard output. Commands in it are named as this
/// program was started, so that they can be copied.
pub(crate) fn remark(text: &str) {
    let program = invocation(std::iter::empty());
    let text = text.replace("`mailhooks ", &format!("`{program} "));
    // Standard error is closed, so there is nothing left to report to.
    drop(writeln!(io::stderr().lock(), "{}", wrapped(&escape::lines(&text), &Term::stderr())));
}

/// Whether the reader of standard output has closed it.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The text in green or red, where standard output shows colours.
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

/// A bar for long work, shown on a terminal only. Of unknown length without `length`.
pub(crate) fn progress(length: Option<u64>, unit: &str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:40} {pos} of {len}"),
        None => (ProgressBar::new_spinner(), "{spinner} {pos}"),
    };
    let style = ProgressStyle::with_template(&format!("{template} {unit}"));
    bar.with_style(style.expect("both templates are well formed"))
}

/// The command by which this program was started, with these arguments, as a shell takes it.
pub(crate) fn invocation<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    // Cargo says so to the programs that it runs.
    let program = match environment::variable("CARGO") {
        Some(_) => "cargo run --".to_owned(),
        None => quoted(&std::env::args().next().unwrap_or_default()),
    };
    let arguments = arguments.into_iter().map(quoted);
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
