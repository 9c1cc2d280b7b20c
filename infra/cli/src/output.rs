//! The one place that prints. Results go to standard output, remarks to standard error.

mod escape;

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Result;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, presets};
use indicatif::{ProgressBar, ProgressStyle};
use ingestion::environment;
use serde::Serialize;

pub(crate) use escape::printable;
pub(crate) use mailhooks_local::summary::moment;

/// Prints lines for people to standard output, with control characters escaped.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_styled(&escape::lines(text))
}

/// Prints lines that have colours. What a stranger wrote in them must be [`printable`] already.
pub(crate) fn print_styled(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
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

/// Prints one JSON object on a line of its own; a terminal gets it with control characters escaped.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(value)?;
    if io::stdout().is_terminal() {
        return Ok(print(&line)?);
    }
    Ok(print_styled(&line)?)
}

/// Says something to the person who waits; programs read standard output. Commands in it are named as this
/// program was started, so that they can be copied.
pub(crate) fn remark(text: &str) {
    let program = invocation(std::iter::empty());
    let text = text.replace("`mailhooks ", &format!("`{program} "));
    // Nobody is left to tell.
    drop(writeln!(io::stderr().lock(), "{}", escape::lines(&text)));
}

/// Whether standard output was closed by whoever reads it.
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

/// A table for people.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// From this column on, cells are put below each other where the terminal is too narrow.
    stacked: usize,
}

impl Table {
    pub(crate) fn new(header: &[&str]) -> Self {
        let named = header.iter().map(|&name| name.to_owned());
        Self { header: named.collect(), rows: Vec::new(), stacked: header.len() }
    }

    /// From this column on, cells go below each other where the terminal is too narrow: ids stay whole.
    pub(crate) fn stacked_from(self, column: usize) -> Self {
        Self { stacked: column, ..self }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        let printable = |cell: String| printable(&cell);
        self.rows.push(cells.into_iter().map(printable).collect());
    }

    pub(crate) fn print(&self) -> io::Result<()> {
        let table = lay_out(&self.header, &self.rows);
        let natural = table.column_max_content_widths().iter().map(|width| width + GAP).sum::<u16>();
        let narrow = |width| width >= LEAST_WIDTH && natural > width + GAP;
        let fits = !table.width().is_some_and(narrow);
        if fits || self.stacked >= self.header.len() {
            return print_styled(&table.trim_fmt());
        }
        let (kept, joined) = self.header.split_at(self.stacked);
        let header = [kept, &[joined.join(", ")]].concat();
        let rows = self.rows.iter().map(|row| {
            let (kept, joined) = row.split_at(self.stacked.min(row.len()));
            [kept, &[stack(joined)]].concat()
        });
        print_styled(&lay_out(&header, &rows.collect::<Vec<_>>()).trim_fmt())
    }
}

/// Cells below each other, the first two beside each other: they are short.
fn stack(cells: &[String]) -> String {
    let (beside, below) = cells.split_at(cells.len().min(2));
    let first = told(beside).collect::<Vec<_>>().join("  ");
    std::iter::once(first.as_str()).chain(told(below)).collect::<Vec<_>>().join("\n")
}

fn told(cells: &[String]) -> impl Iterator<Item = &str> {
    cells.iter().map(String::as_str).filter(|cell| !cell.is_empty())
}

/// Columns of a terminal that a table is made to fit.
const LEAST_WIDTH: u16 = 40;

/// Blanks between two columns.
const GAP: u16 = 2;

fn lay_out(header: &[String], rows: &[Vec<String>]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(header.iter().map(heading))
        .add_rows(rows.iter().map(|row| row.iter().map(cell)));
    // A terminal that does not know its width says 0.
    let arrangement = match table.width() {
        Some(width) if width >= LEAST_WIDTH => ContentArrangement::Dynamic,
        _ => ContentArrangement::Disabled,
    };
    table.set_content_arrangement(arrangement);
    let last = table.column_count().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP }));
    }
    table
}

fn heading(name: &String) -> Cell {
    let name = Cell::new(name);
    if colours() { name.add_attribute(Attribute::Bold) } else { name }
}

fn cell(text: &String) -> Cell {
    let colour = match text.as_str() {
        "suppress" => Some(Color::Red),
        "count" | "investigate" => Some(Color::Yellow),
        _ => None,
    };
    let cell = Cell::new(text);
    match colour.filter(|_| colours()) {
        Some(colour) => cell.fg(colour),
        None => cell,
    }
}
