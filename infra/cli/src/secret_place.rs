//! Where the signing secrets of a provider are kept for its receiver: one a line, the current one first.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use aws_sdk_secretsmanager::Client;
use ingestion::secrets::NOT_SET;
use normalization::ProviderName;

use crate::cli::Global;
use crate::deployed::Deployed;
use crate::local::DataFolder;
use crate::{aws, output, signing};

/// The place of the signing secrets of one provider.
pub(crate) struct SecretPlace {
    provider: ProviderName,
    folder: PathBuf,
    kind: Kind,
}

enum Kind {
    /// A secret of Secrets Manager, which the deployed function reads.
    Managed { client: Client, id: String },
    /// A file of the data folder, which the local stack reads.
    Local,
}

impl SecretPlace {
    /// The place in the stack, or in the local one.
    pub(crate) fn of(
        provider: ProviderName,
        stack: Option<&Deployed>,
        global: &Global,
    ) -> Result<Self> {
        let kind = match stack {
            Some(stack) => Kind::Managed {
                client: Client::new(stack.configuration()),
                id: stack.signing_secret_id(provider)?.to_owned(),
            },
            None => Kind::Local,
        };
        Ok(Self {
            provider,
            folder: global.data.clone(),
            kind,
        })
    }

    /// What it is, for people.
    pub(crate) fn name(&self) -> String {
        match &self.kind {
            Kind::Managed { id, .. } => id.clone(),
            Kind::Local => self.file().display().to_string(),
        }
    }

    /// The secrets that are kept, the current one first.
    pub(crate) async fn read(&self) -> Result<Vec<String>> {
        let text = match &self.kind {
            Kind::Managed { client, id } => {
                let answer = client.get_secret_value().secret_id(id).send().await;
                let answer = answer
                    .map_err(aws::failure)
                    .with_context(|| format!("cannot read {id}"))?;
                answer.secret_string.unwrap_or_default()
            }
            Kind::Local => match std::fs::read_to_string(self.file()) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
                text => text.with_context(|| format!("cannot read {}", self.name()))?,
            },
        };
        if text.trim() == NOT_SET {
            return Ok(Vec::new());
        }
        let secrets = text.split([',', '\n']).map(str::trim);
        Ok(secrets
            .filter(|secret| !secret.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// Makes this the current secret. Those that are there stay accepted.
    pub(crate) async fn put_first(&self, secret: &str) -> Result<()> {
        let secrets = before(secret, self.read().await?);
        self.write(&secrets).await
    }

    /// Takes away all but the current secret. How many there were besides.
    pub(crate) async fn keep_current(&self) -> Result<usize> {
        let mut secrets = self.read().await?;
        if secrets.is_empty() {
            bail!("{} holds no signing secret", self.name());
        }
        let older = secrets.split_off(1);
        if !older.is_empty() {
            self.write(&secrets).await?;
        }
        Ok(older.len())
    }

    async fn write(&self, secrets: &[String]) -> Result<()> {
        let text = secrets.join("\n");
        match &self.kind {
            Kind::Managed { client, id } => {
                let put = client.put_secret_value().secret_id(id).secret_string(text);
                let answer = put.send().await.map_err(aws::failure);
                answer
                    .map(drop)
                    .with_context(|| format!("cannot write {id}"))
            }
            Kind::Local => {
                DataFolder::open(&self.folder)?.keep_signing_secret(self.provider.as_str(), &text)
            }
        }
    }

    /// Keeps a webhook's secret that could not be put into its place in a file that only this user can read, as the
    /// place should have it.
    pub(crate) async fn rescue(&self, webhook: &str, secret: &str) -> Result<PathBuf> {
        let secrets = before(secret, self.read().await.unwrap_or_default());
        let folder = DataFolder::open(&self.folder)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let webhook: String = webhook.chars().map(plain).collect();
        let name = format!("{}-{webhook}", self.provider);
        folder.keep_signing_secret(&name, &secrets.join("\n"))?;
        Ok(folder.secret_file(&name))
    }

    /// The command that puts what is in this file into its place.
    pub(crate) fn by_hand(&self, file: &Path) -> String {
        let file = output::quoted(&file.to_string_lossy());
        match &self.kind {
            Kind::Managed { id, .. } => format!(
                "aws secretsmanager put-secret-value --secret-id {id} --secret-string file://{file}"
            ),
            Kind::Local => format!("mv {file} {}", output::quoted(&self.name())),
        }
    }

    /// How soon the receiver refuses what is taken away here.
    pub(crate) fn delay(&self) -> &'static str {
        match self.kind {
            Kind::Managed { .. } => "within five minutes",
            Kind::Local => "at once",
        }
    }

    /// What keeps the local stack from using what is kept here.
    pub(crate) fn overruled(&self) -> Option<String> {
        let variable = signing::variable(self.provider);
        let set = ingestion::environment::variable(&variable).is_some();
        let local = matches!(self.kind, Kind::Local);
        (set && local).then(|| format!("{variable} is set here: a `mailhooks dev` that sees it too takes it instead of the file"))
    }

    fn file(&self) -> PathBuf {
        self.folder.join("secrets").join(self.provider.as_str())
    }
}

/// The list with this secret as the current one.
fn before(secret: &str, mut kept: Vec<String>) -> Vec<String> {
    kept.retain(|old| old != secret);
    kept.insert(0, secret.to_owned());
    kept
}
