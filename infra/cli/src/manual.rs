//! `mailhooks man`: manual pages, generated from the command line.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Command, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::output;

const EXAMPLES: &str = "\
Examples:
  mailhooks man | man -l -                       show the page of the tool
  mailhooks man --dir ~/.local/share/man/man1    write one page per command";

/// Prints the manual page, or writes one page per command
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder to write all pages to; created if missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, tool: Command) -> Result<()> {
    let mut tool = tool.disable_help_subcommand(true);
    tool.build();
    let Some(folder) = &arguments.dir else {
        return Ok(output::print_raw(&page(&tool)?)?);
    };
    let what = || format!("cannot write manual pages to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(what)?;
    write(&tool, folder).with_context(what)
}

/// Writes the pages of a command and its subcommands.
fn write(command: &Command, folder: &Path) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        write(subcommand, folder)?;
    }
    let name = Man::new(command.clone()).get_filename();
    std::fs::write(folder.join(name), page(command)?)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = command.get_after_help() {
        render_notes(&notes.to_string()).to_writer(&mut page)?;
    }
    Ok(page)
}

/// Formats the notes below the options of the help: unchanged lines for examples, and paragraphs.
fn render_notes(notes: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for paragraph in notes.split("\n\n") {
        if let Some(examples) = paragraph.strip_prefix("Examples:\n") {
            roff.control("nf", []).text([roman(examples)]);
            roff.control("fi", []);
        } else {
            roff.control("PP", []).text([roman(paragraph)]);
        }
    }
    roff
}
