//! The API key: from the environment, or asked for. Never from an argument, which every process can read.

use anyhow::{Context, Result, bail, ensure};
use console::Term;
use ingestion::environment;
use std::io::IsTerminal;

use super::Management;

pub(super) fn find(management: &dyn Management) -> Result<String> {
    let variable = management.key_variable();
    let given = environment::variable(variable).filter(|key| !key.trim().is_empty());
    let key = match given {
        Some(key) => key,
        None => ask(management)?,
    };
    let key = key.trim().to_owned();
    ensure!(!key.is_empty(), "no API key was given");
    ensure!(
        key.bytes().all(|byte| byte.is_ascii_graphic()),
        "{variable} is no API key: it has characters that no key has"
    );
    management.check_key(&key)?;
    Ok(key)
}

fn ask(management: &dyn Management) -> Result<String> {
    let (name, variable) = (management.name(), management.key_variable());
    let terminal = Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        bail!("{variable} is not set: put an API key of {name} that may manage webhooks into it");
    }
    terminal.write_str(&format!(
        "API key of {name} ({variable} is not set; it is not shown): "
    ))?;
    terminal.read_secure_line().context("cannot read the key")
}
