//! `mailhooks completions` and `mailhooks man`: what shells and `man` want to know of this tool, made from its command line.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Command, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::output;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  mailhooks completions bash > ~/.local/share/bash-completion/completions/mailhooks
  mailhooks completions zsh > ~/.zfunc/_mailhooks      with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  mailhooks completions fish > ~/.config/fish/completions/mailhooks.fish";

const PAGES_EXAMPLES: &str = "\
Examples:
  mailhooks man | man -l -                       the page of the tool
  mailhooks man --dir ~/.local/share/man/man1    a page for each command as well: man mailhooks-events";

/// Prints what a shell needs to complete this tool's commands and options
#[derive(clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints the manual page, or writes one for each command
#[derive(clap::Args)]
#[command(after_help = PAGES_EXAMPLES)]
pub(crate) struct PagesArguments {
    /// Folder to write all pages to; it is made if there is none
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(crate) fn completions(arguments: &CompletionsArguments, mut tool: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut tool, "mailhooks", &mut script);
    Ok(output::print_raw(&script)?)
}

pub(crate) fn pages(arguments: &PagesArguments, tool: Command) -> Result<()> {
    let mut tool = tool.disable_help_subcommand(true);
    tool.build();
    let Some(folder) = &arguments.dir else {
        return Ok(output::print_raw(&page(&tool)?)?);
    };
    let what = || format!("cannot write manual pages to {}", folder.display());
    std::fs::create_dir_all(folder).with_context(what)?;
    write(&tool, folder).with_context(what)
}

/// Writes the page of a command, and those of what it does.
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

/// What stands below the options of the help: examples a line each, as they are, and paragraphs.
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
