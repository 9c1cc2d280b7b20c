//! The API key: from the environment, or asked for. Never from an argument, which every process can read.

use anyhow::{Context, Result, ensure};
use ingestion::environment;

use super::Management;
use crate::confirm;

/// From the environment, or asked for.
pub(super) fn find(management: &Management) -> Result<String> {
    match given(management)? {
        Some(key) => Ok(key),
        None => checked(management, &ask(management)?),
    }
}

/// From the environment, if it is there.
pub(super) fn given(management: &Management) -> Result<Option<String>> {
    environment::variable(management.key_variable)
        .filter(|key| !key.trim().is_empty())
        .map(|key| checked(management, &key))
        .transpose()
}

fn checked(management: &Management, key: &str) -> Result<String> {
    let (key, variable) = (key.trim().to_owned(), management.key_variable);
    ensure!(!key.is_empty(), "no API key was given");
    ensure!(
        key.bytes().all(|byte| byte.is_ascii_graphic()),
        "{variable} is no API key: it has characters that no key has"
    );
    (management.check_key)(&key)?;
    Ok(key)
}

fn ask(management: &Management) -> Result<String> {
    let (name, variable) = (management.name, management.key_variable);
    let terminal = confirm::terminal().with_context(|| {
        format!("{variable} is not set: put an API key of {name} that may manage webhooks into it")
    })?;
    terminal.write_str(&format!("API key of {name} ({variable} is not set; it is not shown): "))?;
    terminal.read_secure_line().context("cannot read the key")
}
