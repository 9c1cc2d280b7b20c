//! The request of a custom resource, with which a deployment checks that its functions start: a function that was not built, or
//! that was built for another processor, does not answer, and CloudFormation rolls the deployment back.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html>

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::json;

/// Time limit for reaching the server of the answer, and for its response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A request that CloudFormation makes once in a deployment.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeploymentCheck {
    /// Secret: anyone who has it can answer.
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
}

impl DeploymentCheck {
    /// Answers that the function works.
    ///
    /// # Errors
    ///
    /// The answer cannot be delivered. The error does not contain the URL.
    pub(super) async fn answer(self) -> Result<(), Error> {
        let answer = json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": self.logical_resource_id,
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_resource_id,
        });
        let mut request = HttpRequest::new(SdkBody::from(answer.to_string()));
        request.set_method("PUT")?;
        request.set_uri(self.response_url).map_err(|_| "CloudFormation gave no URL for its answer")?;
        let settings = HttpConnectorSettings::builder().connect_timeout(TIMEOUT).read_timeout(TIMEOUT);
        let connector = Connector::builder()
            .connector_settings(settings.build())
            .sleep_impl(TokioSleep::new())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build();
        let response = connector.call(request).await.map_err(|_| "CloudFormation could not be reached")?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(format!("CloudFormation answered {}", response.status()).into())
    }
}
