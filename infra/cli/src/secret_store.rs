//! Reads and writes the signing secrets that a receiver accepts: one per line, the current one first.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use ingestion::secrets::{SecretsError, Unusable, listed};
use mailhooks_local::private::found;
use mailhooks_local::{DataFolder, signing};
use normalization::ProviderName;
use sha2::{Digest, Sha256};

use crate::options::Global;
use crate::stack::DeployedStack;
use crate::{aws, output};

/// The signing secrets of one provider.
pub(crate) struct SecretStore {
    provider: ProviderName,
    folder: PathBuf,
    /// The secret in Secrets Manager that the deployed function reads; `None` for the file in the data folder that the
    /// local stack reads.
    managed: Option<(Client, String)>,
    /// The command that replaces all stored secrets.
    replace: String,
}

impl SecretStore {
    /// Opens the secrets of the deployed stack or, without one, of the local stack.
    pub(crate) fn new(
        provider: ProviderName,
        stack: Option<&DeployedStack>,
        global: &Global,
    ) -> Result<Self> {
        let managed = stack.map(|stack| {
            let id = stack.signing_secret_id(provider)?.to_owned();
            anyhow::Ok((Client::new(&stack.configuration), id))
        });
        let replace = set_command(provider, &["--only"], global);
        Ok(Self { provider, folder: global.data.clone(), managed: managed.transpose()?, replace })
    }

    /// The name of the secret in Secrets Manager, or the path of the file.
    pub(crate) fn name(&self) -> String {
        match &self.managed {
            Some((_, id)) => id.clone(),
            None => self.file().display().to_string(),
        }
    }

    /// The stored secrets, the current one first; empty if no secret is set.
    pub(crate) async fn read(&self) -> Result<Vec<String>> {
        let value = if let Some((client, id)) = &self.managed {
            managed(client, id).await?
        } else {
            let text = found(std::fs::read_to_string(self.file()));
            Ok(text.with_context(|| format!("cannot read {}", self.name()))?.unwrap_or_default())
        };
        value
            .and_then(|value| listed(&value))
            .map_err(SecretsError::Unusable)
            .with_context(|| format!("`{}` replaces the contents of {}", self.replace, self.name()))
    }

    /// Makes this the current secret. The stored secrets stay accepted.
    pub(crate) async fn put_first(&self, secret: &str) -> Result<()> {
        let secrets = before(secret, self.read().await?);
        self.write(&secrets).await
    }

    /// Replaces all stored secrets with these.
    pub(crate) async fn write(&self, secrets: &[String]) -> Result<()> {
        let text = secrets.join("\n");
        let read = listed(&text).map_err(SecretsError::Unusable)?;
        // A secret with a line break would be read as two.
        ensure!(read == secrets, "a signing secret must be a single line");
        match &self.managed {
            Some((client, id)) => {
                let put = client.put_secret_value().secret_id(id).secret_string(text);
                put.send().await.map_err(aws::failure).map(drop).with_context(|| format!("cannot write {id}"))
            }
            None => DataFolder::open(&self.folder)?.keep_signing_secret(self.provider.as_str(), &text),
        }
    }

    /// Removes this secret. Returns the number of secrets that stay.
    pub(crate) async fn remove(&self, secret: &str) -> Result<usize> {
        let mut secrets = self.read().await?;
        secrets.retain(|kept| kept != secret);
        ensure!(!secrets.is_empty(), "it is the only secret in {}", self.name());
        self.write(&secrets).await?;
        Ok(secrets.len())
    }

    /// Saves a webhook's secret that could not be stored, to a file that only this user can read. The file has the
    /// complete list of secrets to store.
    pub(crate) async fn rescue(&self, webhook: &str, secret: &str) -> Result<PathBuf> {
        let secrets = before(secret, self.read().await.unwrap_or_default());
        let folder = DataFolder::open(&self.folder)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let webhook: String = webhook.chars().map(plain).collect();
        let name = format!("{}-{webhook}", self.provider);
        folder.keep_signing_secret(&name, &secrets.join("\n"))?;
        Ok(folder.secret_file(&name))
    }

    /// The command that stores the secrets from a file that `rescue` has written.
    pub(crate) fn by_hand(&self, file: &Path) -> String {
        let file = output::quoted(&file.to_string_lossy());
        match &self.managed {
            Some((_, id)) => {
                format!("aws secretsmanager put-secret-value --secret-id {id} --secret-string file://{file}")
            }
            None => format!("mv {file} {}", output::quoted(&self.name())),
        }
    }

    /// How soon the receiver stops accepting a removed secret.
    pub(crate) fn delay(&self) -> &'static str {
        if self.managed.is_some() { "within five minutes" } else { "at once" }
    }

    /// Warns if an environment variable overrides the stored secrets of the local stack.
    pub(crate) fn overruled(&self) -> Option<String> {
        let variable = signing::variable(self.provider);
        let set = ingestion::environment::variable(&variable).is_some();
        (set && self.managed.is_none()).then(|| {
            format!("{variable} is set: `mailhooks dev` uses it instead of the file if it is set there too")
        })
    }

    fn file(&self) -> PathBuf {
        self.folder.join("secrets").join(self.provider.as_str())
    }
}

/// The value in Secrets Manager; empty if there is no value yet, as in the secret that the template creates.
async fn managed(client: &Client, id: &str) -> Result<Result<String, Unusable>> {
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = match answer {
        Err(error)
            if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
        {
            return Ok(Ok(String::new()));
        }
        answer => answer.map_err(aws::failure).with_context(|| format!("cannot read {id}"))?,
    };
    Ok(match (answer.secret_string, answer.secret_binary) {
        (None, Some(_)) => Err(Unusable::Binary),
        (text, _) => Ok(text.unwrap_or_default()),
    })
}

/// A short name for a secret, by which it can be told from the others without being shown: the first 32 bits of its
/// SHA-256.
pub(crate) fn fingerprint(secret: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(secret));
    digits.truncate(8);
    digits
}

/// The fingerprints of these secrets, for a message.
pub(crate) fn fingerprints(secrets: &[String]) -> String {
    secrets.iter().map(|secret| fingerprint(secret)).collect::<Vec<_>>().join(", ")
}

/// The list with this secret moved or added to the front.
pub(crate) fn before(secret: &str, mut kept: Vec<String>) -> Vec<String> {
    kept.retain(|old| old != secret);
    kept.insert(0, secret.to_owned());
    kept
}

/// The command line that stores a secret of this provider in the same stack.
pub(crate) fn set_command(provider: ProviderName, more: &[&str], global: &Global) -> String {
    global.command_there(&[&["secret", "set", provider.as_str()], more].concat())
}
