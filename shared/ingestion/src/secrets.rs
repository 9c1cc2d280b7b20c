//! The signing secrets of a provider: from the environment, or from Secrets Manager, where they can change at any time.

mod value;

use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use jiff::{SignedDuration, Timestamp};
use normalization::{Redacted, SigningSecrets};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::aws::error_code;
use crate::clock::Clock;

pub use value::{Unusable, listed};

/// How long a removed secret may still be accepted.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The age at which secrets are read again: a minute early, so that Secrets Manager may fail for a minute.
const REFRESH_AGE: SignedDuration = SignedDuration::from_mins(4);
/// The shortest time between two reads, so that unauthenticated requests cause at most six calls per minute.
const READ_INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// The signing secrets of one provider, if any is set.
#[derive(Clone, Debug)]
pub struct Secrets(Redacted<Source>);

#[derive(Clone)]
enum Source {
    Fixed(Option<Arc<SigningSecrets>>),
    Told(Arc<dyn Fn() -> String + Send + Sync>),
    Managed(Arc<Managed>),
}

struct Managed {
    client: Client,
    id: String,
    clock: Clock,
    // Locked while reading, so that of many requests with an outdated secret one reads it and the others wait.
    cached: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    /// The last value that was read, and when.
    read: Option<(Timestamp, Result<Arc<SigningSecrets>, SecretsError>)>,
    /// The last attempt to read, and its failure if it failed.
    tried: Option<(Timestamp, Option<SecretsError>)>,
}

impl Secrets {
    /// Secrets that do not change while the receiver runs, separated by commas or line breaks.
    pub fn fixed(text: &str) -> Self {
        Self(Redacted(Source::Fixed(text.parse().ok().map(Arc::new))))
    }

    /// Secrets from a function, called for each webhook, that returns a text like a value of Secrets Manager.
    pub fn from_fn(tell: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Redacted(Source::Told(Arc::new(tell))))
    }

    /// The secrets in the Secrets Manager secret with this name or ARN, as [`listed`] reads its value. They are read on first use and
    /// again after four minutes, and never used for longer than five.
    pub fn managed(client: Client, id: impl Into<String>, clock: Clock) -> Self {
        let managed = Managed { client, id: id.into(), clock, cached: Mutex::default() };
        Self(Redacted(Source::Managed(Arc::new(managed))))
    }

    /// The secrets that are accepted now. On an error nothing can be verified, and nothing may be accepted.
    pub async fn accepted(&self) -> Result<Arc<SigningSecrets>, SecretsError> {
        match &*self.0 {
            Source::Fixed(secrets) => secrets.clone().ok_or(SecretsError::NotSet),
            Source::Told(tell) => in_value(&tell()).map(Arc::new),
            Source::Managed(managed) => managed.accepted().await,
        }
    }

    /// The current secrets, after a signature matched none of `known`; `None` if they are the same. They are read again unless that was
    /// done a moment ago, so that a new secret works at once. Fails if Secrets Manager does not answer.
    pub async fn refreshed_since(
        &self,
        known: &Arc<SigningSecrets>,
    ) -> Result<Option<Arc<SigningSecrets>>, SecretsError> {
        match &*self.0 {
            Source::Fixed(_) | Source::Told(_) => Ok(None),
            Source::Managed(managed) => {
                let now = managed.read_again().await?;
                Ok(Some(now).filter(|now| !Arc::ptr_eq(now, known)))
            }
        }
    }
}

impl Managed {
    async fn accepted(&self) -> Result<Arc<SigningSecrets>, SecretsError> {
        let mut cached = self.cached.lock().await;
        let now = self.clock.now();
        // Until a first secret is set, the value is read at the rate limit instead of by age.
        let is_set = cached.read.as_ref().is_some_and(|(_, secrets)| secrets.is_ok());
        if !(is_set && cached.is_younger_than(REFRESH_AGE, now)) && cached.may_be_read(now) {
            self.read(&mut cached, now).await;
        }
        cached.accepted(now)
    }

    async fn read_again(&self) -> Result<Arc<SigningSecrets>, SecretsError> {
        let mut cached = self.cached.lock().await;
        let now = self.clock.now();
        if cached.may_be_read(now) {
            self.read(&mut cached, now).await;
        }
        match &cached.tried {
            Some((_, Some(error))) => Err(error.clone()),
            _ => cached.accepted(now),
        }
    }

    async fn read(&self, cached: &mut Cached, now: Timestamp) {
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await;
        let failure = match answer {
            Ok(answer) => {
                cached.read = Some((now, in_answer(&answer).map(Arc::new)));
                None
            }
            // Secrets Manager answers this for a secret without a value, as the template creates it, and for a missing one.
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => {
                    cached.read = Some((now, Err(SecretsError::NotSet)));
                    None
                }
                _ => Some(SecretsError::Unavailable(error_code(&error))),
            },
        };
        // A cancelled call, as at start-up, does not count as an attempt.
        cached.tried = Some((now, failure));
    }
}

impl Cached {
    fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        // A clock that was set back must not extend the life of a secret.
        self.read.as_ref().is_some_and(|(read, _)| now.duration_since(*read).abs() < age)
    }

    fn may_be_read(&self, now: Timestamp) -> bool {
        self.tried.as_ref().is_none_or(|(tried, _)| now.duration_since(*tried).abs() >= READ_INTERVAL)
    }

    fn accepted(&self, now: Timestamp) -> Result<Arc<SigningSecrets>, SecretsError> {
        match (&self.read, &self.tried) {
            (Some((_, Ok(secrets))), _) if self.is_younger_than(MAX_AGE, now) => Ok(Arc::clone(secrets)),
            (_, Some((_, Some(error)))) | (Some((_, Err(error))), _) => Err(error.clone()),
            _ => Err(SecretsError::NotSet),
        }
    }
}

/// The secrets in a value of Secrets Manager, or in a file of the same form. Fails if none is set, or one is unusable.
pub fn in_value(value: &str) -> Result<SigningSecrets, SecretsError> {
    let secrets = listed(value).map_err(SecretsError::Unusable)?;
    let secrets = SigningSecrets::listed(secrets.iter().map(String::as_str));
    secrets.map_err(|_| SecretsError::NotSet)
}

fn in_answer(answer: &GetSecretValueOutput) -> Result<SigningSecrets, SecretsError> {
    match (answer.secret_string(), answer.secret_binary()) {
        (None, Some(_)) => Err(SecretsError::Unusable(Unusable::Binary)),
        (text, _) => in_value(text.unwrap_or_default()),
    }
}

/// Why nothing can be verified. Never contains a secret.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SecretsError {
    /// No signing secret is set.
    #[error("no signing secret is set")]
    NotSet,
    /// The value is not a usable signing secret.
    #[error("the signing secret is unusable: {0}")]
    Unusable(Unusable),
    /// Secrets Manager failed, with this error code.
    #[error("SecretsManager GetSecretValue: {0}")]
    Unavailable(String),
}
