//! The receiver that the listed events are posted to, as if the provider had sent them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use ingestion::clock::{self, Clock};
use ingestion::secrets::Secrets;
use mailhooks_local::http::{self, Answer};
use mailhooks_local::{DataFolder, Lock, Stack, StackOptions, Storage, Token, signing};
use normalization::{ProviderName, SigningSecret, SigningSecrets, sign};
use url::Url;

use crate::connect::{self, Connection};
use crate::options::{Global, UsageError};
use crate::stack::DeployedStack;

/// The only provider whose list has whole events.
const PROVIDER: ProviderName = ProviderName::Emailit;

/// A receiver, and the secret that it accepts.
pub(super) struct Receiver {
    url: Url,
    secret: SigningSecret,
    /// The local stack, if it had to be started. Fields drop in order: the servers stop before the lock is released.
    _local: Option<(Stack, Lock)>,
}

impl Receiver {
    /// Signs a webhook with the current time and posts it.
    pub(super) async fn post(&self, body: Vec<u8>) -> Result<Answer> {
        let headers = sign(PROVIDER.provider(), &self.secret, &body, clock::now());
        http::post(&self.url, headers, body).await
    }
}

/// The receiver of the connected stack or table. Closes the connection, because a local stack must lock the same files.
pub(super) async fn open(
    url: Option<&Url>,
    stack: Option<&DeployedStack>,
    connection: Connection,
    global: &Global,
) -> Result<Receiver> {
    if let Some(stack) = stack {
        let url = url.cloned().map_or_else(|| stack.webhook_url(PROVIDER), Ok)?;
        return Ok(Receiver { url, secret: stack.signing_secret(PROVIDER).await?, _local: None });
    }
    if let Some(url) = url {
        let variable = signing::variable(PROVIDER);
        let secrets = signing::secrets_in_environment(PROVIDER)?
            .with_context(|| format!("--url: {variable} must hold the signing secret of that receiver"))?;
        let secret = secrets.parse::<SigningSecrets>()?.current().clone();
        return Ok(Receiver { url: url.clone(), secret, _local: None });
    }
    if global.table.is_some() {
        let message = "--table does not name a receiver to post to: add --url, or use --stack instead";
        return Err(UsageError(message.to_owned()).into());
    }
    drop(connection);
    local(&connect::folder(global)?).await
}

async fn local(folder: &DataFolder) -> Result<Receiver> {
    let secret = signing::secret(PROVIDER, folder)?;
    let path = format!("/webhooks/{PROVIDER}");
    if let Some(endpoints) = folder.running()? {
        let url: Url = endpoints.receiver.parse()?;
        return Ok(Receiver { url: url.join(&path)?, secret, _local: None });
    }
    let lock = folder.lock()?.with_context(|| {
        format!("another mailhooks process is using {}: wait for it to finish", folder.path().display())
    })?;
    let secrets = if let Some(text) = signing::secrets_in_environment(PROVIDER)? {
        Secrets::fixed(&text)
    } else {
        let text = folder.signing_secret(PROVIDER.as_str())?;
        Secrets::from_fn(move || text.clone())
    };
    let options = StackOptions {
        storage: Storage::Folder(&lock),
        port: 0,
        secrets: BTreeMap::from([(PROVIDER, secrets)]),
        announce_all: false,
        clock: Clock::system(),
        observer: Arc::new(|_| {}),
        token: Token::random()?,
        page_token: Token::random()?,
    };
    let stack = Stack::start(options).await?;
    let url: Url = stack.webhook_url(PROVIDER).parse()?;
    Ok(Receiver { url, secret, _local: Some((stack, lock)) })
}
