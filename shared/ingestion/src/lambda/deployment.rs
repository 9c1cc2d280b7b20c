//! The request of a custom resource, with which a deployment checks that its functions start: a function that was not built, or
//! that was built for another processor, does not answer, and CloudFormation rolls the deployment back.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html>

use serde::Deserialize;
use serde_json::json;

use crate::aws::put::{PutError, put};

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
    pub(super) async fn answer(self) -> Result<(), PutError> {
        let answer = json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": self.logical_resource_id,
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_resource_id,
        });
        put(self.response_url, answer.to_string()).await
    }
}
