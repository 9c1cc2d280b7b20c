//! Access to AWS: finds credentials and region as the AWS CLI does, and explains errors.

use std::error::Error as StdError;

use anyhow::{Context, Error, Result, anyhow, bail};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// The credentials and region, from the environment, a profile, SSO, or the machine. Fails if the region is missing.
pub(crate) async fn configuration() -> Result<SdkConfig> {
    let http_client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let configuration = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client).load().await;
    // A missing setting would otherwise cause a less clear error at the first call.
    if configuration.region().is_none() {
        bail!("no AWS region is known: set AWS_REGION, or AWS_PROFILE to a profile that has one");
    }
    let provider = configuration.credentials_provider().context("no AWS credentials are configured")?;
    provider
        .provide_credentials()
        .await
        .context("no AWS credentials: set AWS_PROFILE, or sign in with `aws sso login`")?;
    Ok(configuration)
}

/// Turns a failed call into an error with the remedy, if it is known, or else with AWS's message.
pub(crate) fn failure<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let message = error.message().unwrap_or_default().to_owned();
    match code.as_str() {
        "" => Error::new(error).context("AWS does not answer"),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            anyhow!("the AWS session has expired: sign in again, such as with `aws sso login`")
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" | "SignatureDoesNotMatch" => {
            anyhow!("AWS rejected these credentials ({code}): check AWS_PROFILE, or sign in again")
        }
        _ => anyhow!("{code}: {message}"),
    }
}
