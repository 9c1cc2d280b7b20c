//! CSV for programs and spreadsheets.

use anyhow::{Context, Result};

use super::print_raw;

/// The first characters of a cell that a spreadsheet would read as a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>), and the mark that makes it text.
const MARKED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', MARK];
const MARK: char = '\'';

/// Prints a row of CSV. A cell that a spreadsheet would read as a formula begins with an apostrophe, which [`csv_text`] removes.
pub(crate) fn print_csv<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let marked = |cell: &str| {
        if cell.starts_with(MARKED) { format!("{MARK}{cell}") } else { cell.to_owned() }
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(marked))?;
    Ok(print_raw(&writer.into_inner().ok().context("cannot write CSV")?)?)
}

/// The text of a cell that [`print_csv`] wrote.
pub(crate) fn csv_text(cell: &str) -> String {
    let marked = cell.strip_prefix(MARK).filter(|rest| rest.starts_with(MARKED));
    marked.unwrap_or(cell).to_owned()
}
