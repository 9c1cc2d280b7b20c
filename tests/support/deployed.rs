//! A deployed stack as the tool finds it by its name. The table, topics, secrets and receivers run outside the tool's
//! data folder.

use std::path::Path;
use std::process::Command;

use ingestion::clock::Clock;
use ingestion::secrets::Secrets;
use mailhooks_local::{LIST_TABLE, Stack, StackOptions, Storage, TABLE, Token};
use normalization::ProviderName;

use crate::cloudformation::{self, STACK};
use crate::cloudwatch::CloudWatch;
use crate::secrets_manager::{SECRET_ID, SecretsManager};
use crate::server::Server;
use crate::testbed::ACCESS_KEY_ID;
use crate::{files, tool};

/// A whole stack in this process, behind the services that describe a deployed one.
pub struct Deployed {
    /// The running local stack.
    pub stack: Stack,
    /// The stand-in that describes the stack.
    pub cloudformation: Server,
    outputs: Vec<(String, String)>,
    parameters: Vec<(&'static str, &'static str)>,
    /// The stand-in that has its metrics.
    pub cloudwatch: CloudWatch,
    /// The stand-in that stores the one secret of all providers.
    pub secrets_manager: SecretsManager,
}

impl Deployed {
    /// Starts a stack in memory. JetEmail, Jasni and GetMailer are enabled.
    pub async fn start() -> Self {
        Self::receiving(&[
            ("JetEmail", ProviderName::JetEmail, SECRET_ID),
            ("Jasni", ProviderName::Jasni, "there-is-none"),
            ("GetMailer", ProviderName::GetMailer, SECRET_ID),
        ])
        .await
    }

    /// Starts a stack in memory with these receivers: the name in the outputs, the provider, and the id of its secret.
    pub async fn receiving(providers: &[(&str, ProviderName, &str)]) -> Self {
        let secret = files::signing_secret(ProviderName::JetEmail);
        let options = StackOptions {
            storage: Storage::Memory,
            port: 0,
            secrets: ProviderName::ALL.iter().map(|name| (*name, Secrets::fixed(&secret))).collect(),
            announce_all: false,
            clock: Clock::system(),
            observer: std::sync::Arc::new(|_| {}),
            token: Token::from(ACCESS_KEY_ID),
            page_token: Token::from("page-token-of-tests"),
        };
        let stack = Stack::start(options).await.unwrap();
        let mut outputs = vec![
            ("TableName".to_owned(), TABLE.to_owned()),
            ("SuppressionsTableName".to_owned(), LIST_TABLE.to_owned()),
        ];
        outputs.extend(stack.topics().iter().map(|(topic, arn)| (topic.output(), arn.to_owned())));
        for (name, provider, secret) in providers {
            outputs.push((format!("{name}WebhookUrl"), stack.webhook_url(*provider)));
            outputs.push((format!("{name}SigningSecretId"), (*secret).to_owned()));
        }
        Self {
            stack,
            cloudformation: describing(&outputs, cloudformation::PARAMETERS).await,
            outputs,
            parameters: cloudformation::PARAMETERS.to_vec(),
            cloudwatch: CloudWatch::start().await,
            secrets_manager: SecretsManager::start(&secret).await,
        }
    }

    /// The same stack as if it was deployed with `Suppressions=off`.
    pub async fn without_list(mut self) -> Self {
        self.outputs.retain(|(name, _)| name != "SuppressionsTableName");
        self.described().await
    }

    /// The same stack as if it was deployed with this value of a parameter. Its receivers do not change.
    pub async fn with_parameter(mut self, name: &str, value: &'static str) -> Self {
        self.parameters.iter_mut().filter(|pair| pair.0 == name).for_each(|pair| pair.1 = value);
        self.described().await
    }

    async fn described(self) -> Self {
        Self { cloudformation: describing(&self.outputs, &self.parameters).await, ..self }
    }

    /// The number of announcements on a topic.
    pub fn announced_on(&self, topic: &str) -> usize {
        self.stack.sns().announcements().iter().filter(|one| one.topic == topic).count()
    }

    /// The tool with these arguments, on this stack.
    pub fn tool(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = tool::command(data, arguments);
        self.describe(&mut command);
        command
    }

    /// Runs the command on this stack, as a user with credentials does.
    pub fn describe(&self, command: &mut Command) {
        command.args(["--stack", STACK]).envs([
            ("AWS_ENDPOINT_URL_CLOUDFORMATION", self.cloudformation.endpoint()),
            ("AWS_ENDPOINT_URL_CLOUDWATCH", self.cloudwatch.endpoint()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.stack.dynamodb().endpoint()),
            ("AWS_ENDPOINT_URL_SNS", self.stack.sns().endpoint()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets_manager.endpoint()),
        ]);
        with_credentials(command);
    }
}

async fn describing(outputs: &[(String, String)], parameters: &[(&str, &str)]) -> Server {
    let outputs = outputs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    cloudformation::describing_with(&outputs.collect::<Vec<_>>(), parameters).await
}

/// Gives the command credentials and a region, isolated from those of the user.
pub fn with_credentials(command: &mut Command) {
    command.envs([
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-tests"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
}
