//! One request to a URL that AWS has signed, which needs no credentials.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use thiserror::Error;

/// Time limit for reaching the server, and for its response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The request failed. The messages do not contain the URL, which is secret.
#[derive(Debug, Error)]
pub(crate) enum PutError {
    #[error("the URL for the answer cannot be read")]
    Url,
    #[error("the server for the answer could not be reached")]
    NotReached,
    #[error("the server for the answer responded {0}")]
    Refused(u16),
}

/// Puts this body at the URL.
pub(crate) async fn put(url: String, body: String) -> Result<(), PutError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("PUT").map_err(|_| PutError::Url)?;
    request.set_uri(url).map_err(|_| PutError::Url)?;
    let settings = HttpConnectorSettings::builder().connect_timeout(TIMEOUT).read_timeout(TIMEOUT);
    let connector = Connector::builder()
        .connector_settings(settings.build())
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build();
    let response = connector.call(request).await.map_err(|_| PutError::NotReached)?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(PutError::Refused(status.as_u16())) }
}
