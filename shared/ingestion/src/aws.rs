//! AWS clients, made by hand from the environment. The SDK's chain of providers costs a receiver start-up time
//! and a megabyte, to find what Lambda puts into three variables.

mod plain;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, HttpClient, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use normalization::Redacted;
use plain::Plain;

/// One call, its retries included. A webhook waits for three calls, one after the other, and the least patient
/// provider hangs up after 10 s (JetEmail, <https://jetemail.com/docs/webhooks/getting-started.md>). The time for
/// a whole webhook is bounded besides ([`crate::Receiver`]).
const CALL_TIMEOUT: Duration = Duration::from_secs(3);
/// One attempt of a call: half, so that a lost packet leaves time for another.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Characters of an error code; the longest of DynamoDB's and SNS's has 40
/// (`ItemCollectionSizeLimitExceededException`).
const MAX_CODE: usize = 64;

/// Region, credentials and endpoints of AWS.
#[derive(Clone, Debug)]
pub struct Access {
    /// The region.
    pub region: String,
    /// The key.
    pub access_key_id: Redacted<String>,
    /// Its secret.
    pub secret_access_key: Redacted<String>,
    /// The token that goes with a temporary key.
    pub session_token: Redacted<Option<String>>,
    /// Another address of DynamoDB. A name and a password may be in it.
    pub dynamodb_endpoint: Option<Redacted<String>>,
    /// The endpoint of SNS, if it is not AWS's.
    pub sns_endpoint: Option<Redacted<String>>,
    /// The endpoint of Secrets Manager, if it is not AWS's.
    pub secrets_manager_endpoint: Option<Redacted<String>>,
    /// Whether calls have time limits. Without, a call waits for its answer as long as it takes.
    pub time_limits: bool,
}

/// The clients of the services, over one HTTP client.
#[derive(Clone)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// Secrets Manager.
    pub secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Makes the clients. Reads the system's root certificates; opens no connection yet.
    pub fn new(access: &Access) -> Self {
        let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        Self::over(access, https.build_https())
    }

    /// Makes the clients over another HTTP client, with the same time limits and retries.
    pub fn over(access: &Access, http_client: impl HttpClient + 'static) -> Self {
        let credentials = Credentials::from_keys(
            access.access_key_id.0.clone(),
            access.secret_access_key.0.clone(),
            access.session_token.0.clone(),
        );
        let credentials = SharedCredentialsProvider::new(credentials);
        let http_client = SharedHttpClient::new(http_client);
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        let timeouts = if access.time_limits {
            TimeoutConfig::builder()
                .operation_timeout(CALL_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                .build()
        } else {
            TimeoutConfig::disabled()
        };
        let plain = SharedInterceptor::permanent(Plain);
        // Each SDK has its own type of builder. The configuration that they can share (`SdkConfig`) would cost 50 thousand instructions
        // more at each start, and 47 KB of the program.
        macro_rules! client {
            ($sdk:ident, $endpoint:expr) => {{
                let mut configuration = $sdk::Config::builder();
                configuration
                    .set_behavior_version(Some(BehaviorVersion::latest()))
                    .set_region(Some(Region::new(access.region.clone())))
                    .set_credentials_provider(Some(credentials.clone()))
                    .set_http_client(Some(http_client.clone()))
                    .set_sleep_impl(Some(sleep.clone()))
                    .set_retry_config(Some(RetryConfig::standard()))
                    .set_timeout_config(Some(timeouts.clone()))
                    // Watches long streams; ours are a few kilobytes and have a time-out.
                    .set_stalled_stream_protection(Some(StalledStreamProtectionConfig::disabled()))
                    .set_endpoint_url($endpoint.as_ref().map(|endpoint| endpoint.0.clone()))
                    .push_interceptor(plain.clone());
                $sdk::Client::from_conf(configuration.build())
            }};
        }
        Self {
            dynamodb: client!(aws_sdk_dynamodb, access.dynamodb_endpoint),
            sns: client!(aws_sdk_sns, access.sns_endpoint),
            secrets_manager: client!(aws_sdk_secretsmanager, access.secrets_manager_endpoint),
        }
    }
}

/// What went wrong with a call, in a word that repeats nothing that was sent: the service's error code, else
/// the kind of failure.
pub(crate) fn error_code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    if let Some(code) = error.code() {
        return sanitized_code(code).to_owned();
    }
    match error {
        SdkError::TimeoutError(_) => "TimedOut",
        SdkError::DispatchFailure(_) => "NotReached",
        SdkError::ResponseError(_) => "BadResponse",
        _ => "Failed",
    }
    .to_owned()
}

/// The code, if it has the form of one. Another server than AWS's could answer with a text that repeats what
/// it was sent.
pub(crate) fn sanitized_code(code: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    if (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(is_plain) { code } else { "UnreadableCode" }
}
