//! A deployed stack: finds its resources through the outputs of its CloudFormation stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use ingestion::clock::Clock;
use ingestion::log::NAMESPACE;
use ingestion::notifier::{Topic, Topics};
use ingestion::secrets::Secrets;
use ingestion::store::{AddressIndex, WriteSettings};
use ingestion::suppressions::Suppressions;
use normalization::suppression::Policy;
use normalization::{ProviderName, SigningSecret, SigningSecrets};
use url::Url;

use crate::aws;
use crate::options::Global;

/// The outputs of a stack that was deployed from template.yaml, and the AWS configuration to access its services.
pub(crate) struct DeployedStack {
    stack: String,
    /// CloudFormation's status of the last deployment.
    pub(crate) status: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
    /// The configuration for AWS clients.
    pub(crate) configuration: SdkConfig,
}

impl DeployedStack {
    /// Finds the stack that the global options name; `None` if they name none.
    pub(crate) async fn named(global: &Global) -> Result<Option<Self>> {
        match &global.stack {
            Some(name) => Self::find(name).await.map(Some),
            None => Ok(None),
        }
    }

    /// Finds the stack with this name in CloudFormation. Fails if it does not exist or lacks the outputs of mailhooks.
    pub(crate) async fn find(stack: &str) -> Result<Self> {
        let what = || format!("cannot find the stack {stack}");
        let configuration = aws::configuration().await.with_context(what)?;
        let region = configuration.region().map(ToString::to_string);
        let client = aws_sdk_cloudformation::Client::new(&configuration);
        let answer = match client.describe_stacks().stack_name(stack).send().await {
            Ok(answer) => answer,
            // For a well-formed name, this error always means that the stack does not exist.
            Err(error) if error.code() == Some("ValidationError") => bail!(
                "no stack {stack} in {}: check its name with `aws cloudformation list-stacks`, and AWS_REGION and \
                 AWS_PROFILE ({})",
                region.unwrap_or_default(),
                error.message().unwrap_or_default()
            ),
            Err(error) => return Err(aws::failure(error)).with_context(what),
        };
        let found = answer.stacks.into_iter().flatten().next().with_context(what)?;
        let status = found.stack_status.map(|status| status.to_string());
        let outputs = found.outputs.into_iter().flatten();
        let parameters = found.parameters.into_iter().flatten();
        let parameters = parameters.filter_map(|given| Some((given.parameter_key?, given.parameter_value?)));
        let deployed = Self {
            stack: stack.to_owned(),
            status: status.unwrap_or_default(),
            outputs: outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect(),
            parameters: parameters.collect(),
            configuration,
        };
        if deployed.table().is_err() {
            bail!(
                "the stack {stack} has no output TableName: it was not deployed from mailhooks' template.yaml, or its \
                 deployment has not succeeded yet ({})",
                deployed.status
            );
        }
        Ok(deployed)
    }

    /// A description of the stack for messages.
    pub(crate) fn name(&self) -> String {
        format!("the stack {}", self.stack)
    }

    pub(crate) fn table(&self) -> Result<&str> {
        self.output("TableName")
    }

    pub(crate) fn topics(&self) -> Result<Topics> {
        let output = |topic: Topic| self.output(&topic.output()).map(|arn| (topic, arn.to_owned()));
        let exists = |topic: &Topic| !topic.is_optional() || output(*topic).is_ok();
        Topic::ALL.into_iter().filter(exists).map(output).collect()
    }

    /// The suppression list, if the stack keeps one.
    pub(crate) fn suppressions(&self, client: aws_sdk_dynamodb::Client) -> Result<Option<Suppressions>> {
        let Some(table) = self.outputs.get("SuppressionsTableName") else { return Ok(None) };
        let policy = Policy {
            hard_bounce_days: self.number("HardBounceDays")?,
            soft_bounces: self.number("SoftBounces")?,
            soft_bounce_days: self.number("SoftBounceDays")?,
            soft_bounce_hold: self.number("SoftBounceHold")?,
        };
        Ok(Some(Suppressions::new(client, table, policy)))
    }

    /// How the stack's receivers write events. A stack of a version before the parameters has the fewer indexes.
    pub(crate) fn write_settings(&self) -> Result<WriteSettings> {
        let address_index = match self.parameters.get("AddressIndex") {
            None => Some(AddressIndex::Actionable),
            Some(word) => AddressIndex::parse(word),
        };
        Ok(WriteSettings {
            address_index: address_index
                .with_context(|| format!("the stack {} has an unknown AddressIndex", self.stack))?,
            time_index: self.parameters.get("TimeIndex").is_some_and(|word| word == "on"),
            retention_days: self.number("RetentionDays")?,
        })
    }

    /// The value of a parameter of the template, if it is not empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn number(&self, parameter: &str) -> Result<u32> {
        let value = self.parameters.get(parameter).and_then(|value| value.parse().ok());
        value.with_context(|| format!("the stack {} has no number as the parameter {parameter}", self.stack))
    }

    pub(crate) fn receives(&self, provider: ProviderName) -> bool {
        self.of_provider(provider, "WebhookUrl").is_ok()
    }

    /// The CloudWatch namespace of the stack's metrics, as set in the template.
    pub(crate) fn metrics_namespace(&self) -> String {
        format!("{NAMESPACE}/{}", self.stack)
    }

    pub(crate) fn webhook_url(&self, provider: ProviderName) -> Result<Url> {
        let url = self.of_provider(provider, "WebhookUrl")?;
        url.parse().with_context(|| format!("{} names the webhook URL {url}", self.name()))
    }

    /// The URL of the provider's function itself, if it has one.
    pub(crate) fn function_url(&self, provider: ProviderName) -> Option<Url> {
        self.of_provider(provider, "FunctionUrl").ok()?.parse().ok()
    }

    /// The id in Secrets Manager of the provider's signing secrets.
    pub(crate) fn signing_secret_id(&self, provider: ProviderName) -> Result<&str> {
        self.of_provider(provider, "SigningSecretId")
    }

    /// The provider's current signing secret.
    pub(crate) async fn signing_secret(&self, provider: ProviderName) -> Result<SigningSecret> {
        Ok(self.signing_secrets(provider).await?.current().clone())
    }

    /// The signing secrets that the provider's receiver accepts, read in the same way as the receiver does.
    pub(crate) async fn signing_secrets(&self, provider: ProviderName) -> Result<Arc<SigningSecrets>> {
        let accepted = self.secrets(provider)?.accepted().await;
        let id = self.signing_secret_id(provider)?;
        accepted.with_context(|| format!("cannot sign for {provider} with {id}"))
    }

    /// The reader of these secrets.
    pub(crate) fn secrets(&self, provider: ProviderName) -> Result<Secrets> {
        let client = aws_sdk_secretsmanager::Client::new(&self.configuration);
        Ok(Secrets::managed(client, self.signing_secret_id(provider)?, Clock::system()))
    }

    fn output(&self, name: &str) -> Result<&str> {
        self.outputs.get(name).map(String::as_str).with_context(|| {
            format!("the stack {} has no output {name}: deploy this version's template.yaml", self.stack)
        })
    }

    /// An output of a provider. Case is ignored, because the template writes names such as `JetEmail`.
    fn of_provider(&self, provider: ProviderName, suffix: &str) -> Result<&str> {
        let wanted = format!("{provider}{suffix}");
        let found = self.outputs.iter().find(|(name, _)| name.eq_ignore_ascii_case(&wanted));
        let (_, value) = found.with_context(|| {
            format!("the stack {} does not receive {provider}: deploy it with that parameter on", self.stack)
        })?;
        Ok(value)
    }
}
