//! The signing secrets of a provider: from the environment, or from Secrets Manager, where they can change while
//! the receiver runs.

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

/// How long a secret that was taken away may still be accepted.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// When it is read again: a minute before, in which Secrets Manager may fail without harm.
const REFRESH_AGE: SignedDuration = SignedDuration::from_mins(4);
/// How often it is read at most, however many signatures do not match: a stranger causes no more than six calls a
/// minute.
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
    // Held while it is read: of many requests that find it old, one reads it and the others wait.
    cached: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    /// What was read last, and when: the secrets, or that none is set or that the value cannot be used.
    read: Option<(Timestamp, Result<Arc<SigningSecrets>, SecretsError>)>,
    /// When it was last tried, and why that failed if it did.
    tried: Option<(Timestamp, Option<SecretsError>)>,
}

impl Secrets {
    /// Secrets that do not change while the receiver runs, separated by commas or line ends.
    pub fn fixed(text: &str) -> Self {
        Self(Redacted(Source::Fixed(text.parse().ok().map(Arc::new))))
    }

    /// Secrets in a text like a value of Secrets Manager, which is asked for with each webhook: where that costs
    /// nothing, as in a stack on a laptop.
    pub fn from_fn(tell: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Redacted(Source::Told(Arc::new(tell))))
    }

    /// The secrets in the Secrets Manager secret with this name or ARN, as [`listed`] reads its value. They are read
    /// when they are first asked for, again after four minutes, and never believed for longer than five.
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

    /// The secrets after a signature matched none of `known`: `None` if there are no others. They are read again
    /// unless that was done a moment ago, so that a secret works as soon as it is set.
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
        // Who waits for a first secret to be set does not wait for minutes.
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
            // What Secrets Manager says of a secret without a value, as the template makes it, and of no secret.
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => {
                    cached.read = Some((now, Err(SecretsError::NotSet)));
                    None
                }
                _ => Some(SecretsError::Unavailable(error_code(&error))),
            },
        };
        // A call that is given up half-way, as start-up may do, was not tried.
        cached.tried = Some((now, failure));
    }
}

impl Cached {
    fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        // A clock that was set back must not keep a secret alive.
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

/// The secrets in a value of Secrets Manager, or in a file of the same form.
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

/// Why nothing can be verified. Says nothing of the secrets themselves.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SecretsError {
    /// No signing secret is set.
    #[error("no signing secret is set")]
    NotSet,
    /// What is set cannot be a signing secret.
    #[error("the signing secret is unusable: {0}")]
    Unusable(Unusable),
    /// Secrets Manager did not tell: its error code.
    #[error("SecretsManager GetSecretValue: {0}")]
    Unavailable(String),
}
