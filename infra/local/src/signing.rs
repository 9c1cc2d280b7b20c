//! Reads signing secrets from the environment and the data folder.

use anyhow::{Result, bail};
use ingestion::environment;
use ingestion::outcome::Outcome;
use ingestion::secrets::in_value;
use normalization::{ProviderName, Rejection, SigningSecret, SigningSecrets};

use crate::data_folder::DataFolder;

/// The name of the environment variable with the signing secrets of a provider.
pub fn variable(provider: ProviderName) -> String {
    format!("SIGNING_SECRETS_{}", provider.as_str().to_uppercase())
}

/// The signing secrets of a provider in the environment; `None` if the variable is not set. Fails if it has no secret.
pub fn secrets_in_environment(provider: ProviderName) -> Result<Option<String>> {
    let name = variable(provider);
    let Some(text) = environment::variable(&name) else {
        return Ok(None);
    };
    if text.parse::<SigningSecrets>().is_err() {
        bail!("{name} is set but contains no secret: set a secret, or unset the variable");
    }
    Ok(Some(text))
}

/// The secret to sign a provider's webhooks with: from the environment, else from the data folder.
pub fn secret(provider: ProviderName, folder: &DataFolder) -> Result<SigningSecret> {
    Ok(secrets(provider, folder)?.current().clone())
}

/// All accepted secrets of the provider, from the same source.
pub fn secrets(provider: ProviderName, folder: &DataFolder) -> Result<SigningSecrets> {
    match secrets_in_environment(provider)? {
        Some(text) => Ok(text.parse()?),
        None => Ok(in_value(&folder.signing_secret(provider.as_str())?)?),
    }
}

/// The status with which a receiver rejects a webhook that the provider did not sign.
pub fn refusal(provider: ProviderName) -> u16 {
    let drops_on_4xx = provider.provider().drops_on_4xx;
    Outcome::Refused { reason: Rejection::SignatureMismatch, drops_on_4xx }.status().as_u16()
}
