//! Tables for people. If the terminal is too narrow for the table, each row is printed as a block of lines.

use std::io;

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width, presets};
use console::{Term, measure_text_width};

use super::{colours, columns, print_styled, printable, write_lines};

/// Spaces between two columns.
const GAP: u16 = 2;

/// Rows of cells under a header.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// Prints the table at the width of the terminal. Cells are wrapped only between words.
    pub(crate) fn print(&self) -> io::Result<()> {
        let width = columns(&Term::stdout());
        match width {
            Some(width) if self.least_width() > width => print_styled(&self.blocks(width)),
            _ => write_lines(&self.lay_out(width).trim_fmt()),
        }
    }

    /// The width of the longest word of each column.
    fn longest_words(&self) -> Vec<u16> {
        let longest = |cell: &String| cell.split_whitespace().map(measure_text_width).max().unwrap_or(0);
        let cells = |column: usize| {
            std::iter::once(&self.header).chain(&self.rows).filter_map(move |row| row.get(column))
        };
        let widths = (0..self.header.len()).map(|column| cells(column).map(longest).max().unwrap_or(0));
        widths.map(|width| u16::try_from(width).unwrap_or(u16::MAX)).collect()
    }

    fn least_width(&self) -> u16 {
        let words = self
            .longest_words()
            .into_iter()
            .reduce(|sum, width| sum.saturating_add(GAP).saturating_add(width));
        words.unwrap_or(0)
    }

    fn lay_out(&self, width: Option<u16>) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(self.header.iter().map(heading))
            .add_rows(self.rows.iter().map(|row| row.iter().map(cell)));
        match width {
            Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        let last = table.column_count().saturating_sub(1);
        for (index, (column, longest)) in table.column_iter_mut().zip(self.longest_words()).enumerate() {
            let gap = if index == last { 0 } else { GAP };
            column.set_padding((0, gap));
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest + gap)));
        }
        table
    }

    /// Formats each row as a block: a first line with as many cells as fit, then one named cell per line.
    fn blocks(&self, width: u16) -> String {
        let mut lines = Vec::new();
        for row in &self.rows {
            let mut first = String::new();
            let mut cells = self.header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()).peekable();
            while let Some((_, cell)) = cells.next_if(|(_, cell)| {
                first.is_empty()
                    || measure_text_width(&first) + usize::from(GAP) + measure_text_width(cell)
                        <= width.into()
            }) {
                if !first.is_empty() {
                    first.push_str("  ");
                }
                first.push_str(cell);
            }
            lines.push(first);
            lines.extend(cells.map(|(name, cell)| format!("  {}: {}", name.replace('\n', " "), cell)));
        }
        lines.join("\n")
    }
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
