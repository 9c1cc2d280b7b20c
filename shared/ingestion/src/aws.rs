//! AWS clients, configured directly from the environment. The SDK's default provider chain would cost start-up time
//! and a megabyte, only to find the credentials that Lambda sets in three variables.

pub(crate) mod put;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    AppName, BehaviorVersion, HttpClient, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use normalization::Redacted;

/// Time limit of a call with its retries. A webhook needs three calls in sequence, and the shortest provider time-out
/// is 10 s (JetEmail, <https://jetemail.com/docs/webhooks/getting-started.md>). [`crate::Receiver`] also limits the
/// time for a whole webhook.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);
/// Time limit of one attempt: half of the call's, so that a lost packet leaves time for a second attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Most characters of an error code. The longest code of DynamoDB and SNS has 40
/// (`ItemCollectionSizeLimitExceededException`).
const MAX_CODE: usize = 64;

/// Region, credentials and endpoints of AWS.
#[derive(Clone, Debug)]
pub struct Access {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The access key id.
    pub access_key_id: Redacted<String>,
    /// The secret access key.
    pub secret_access_key: Redacted<String>,
    /// The session token of temporary credentials.
    pub session_token: Redacted<Option<String>>,
    /// The endpoint of DynamoDB, if it is not AWS's. It may contain a user name and a password.
    pub dynamodb_endpoint: Option<Redacted<String>>,
    /// The endpoint of SNS, if it is not AWS's.
    pub sns_endpoint: Option<Redacted<String>>,
    /// The endpoint of Secrets Manager, if it is not AWS's.
    pub secrets_manager_endpoint: Option<Redacted<String>>,
    /// Whether calls have time limits. Without them, a call waits for its answer indefinitely.
    pub time_limits: bool,
}

/// The clients of the services, which share one HTTP client.
#[derive(Clone)]
pub struct Clients {
    /// The DynamoDB client.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The SNS client.
    pub sns: aws_sdk_sns::Client,
    /// The Secrets Manager client.
    pub secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Makes the clients. Reads the system's root certificates, but opens no connection.
    pub fn new(access: &Access) -> Self {
        let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        Self::over(access, https.build_https())
    }

    /// Makes the clients with the given HTTP client, and the same time limits and retries.
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
        // A macro, because each SDK has its own builder type. A shared configuration (`SdkConfig`) would cost 50,000 more
        // instructions at each start, and 47 KB of program size.
        macro_rules! client {
            ($sdk:ident, $endpoint:expr) => {{
                let mut configuration = $sdk::Config::builder();
                configuration
                    .set_behavior_version(Some(BehaviorVersion::latest()))
                    .set_app_name(AppName::new("mailhooks").ok())
                    .set_region(Some(Region::new(access.region.clone())))
                    .set_credentials_provider(Some(credentials.clone()))
                    .set_http_client(Some(http_client.clone()))
                    .set_sleep_impl(Some(sleep.clone()))
                    .set_retry_config(Some(RetryConfig::standard()))
                    .set_timeout_config(Some(timeouts.clone()))
                    // Meant for long streams; our bodies are a few kilobytes and have a time-out.
                    .set_stalled_stream_protection(Some(StalledStreamProtectionConfig::disabled()))
                    .set_endpoint_url($endpoint.as_ref().map(|endpoint| endpoint.0.clone()));
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

/// The reason that a call failed, without any part of the request: the service's error code, else the kind of
/// failure.
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

/// The code if it is well-formed, else `UnreadableCode`. A server other than AWS could answer with a text that
/// repeats parts of the request.
pub(crate) fn sanitized_code(code: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    if (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(is_plain) { code } else { "UnreadableCode" }
}
