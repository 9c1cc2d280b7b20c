//! A stack as the tool finds a deployed one: by its name, with its table, its topics, its secrets and its receivers
//! elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ingestion::clock::Clock;
use mailhooks::dev::{Stack, StackOptions, TABLE};
use mailhooks::local::Storage;
use normalization::ProviderName;

use crate::cloudformation::{CloudFormation, STACK};
use crate::secrets_manager::{SECRET_ID, SecretsManager};
use crate::{files, tool};

/// A whole stack in this process, behind the services that describe a deployed one.
pub struct Deployed {
    /// What runs.
    pub stack: Stack,
    /// What describes it.
    pub cloudformation: CloudFormation,
    /// What keeps the one secret that every provider signs with.
    pub secrets_manager: SecretsManager,
}

impl Deployed {
    /// Starts one in memory. JetEmail, Jasni and GetMailer are on.
    pub async fn start() -> Self {
        let secret = files::signing_secret(ProviderName::JetEmail);
        let options = StackOptions {
            storage: Storage::Memory,
            port: 0,
            secrets: BTreeMap::from_iter(
                ProviderName::ALL.iter().map(|name| (*name, secret.clone())),
            ),
            announce_all: false,
            clock: Clock::system(),
            lines: std::sync::Arc::new(|_| {}),
        };
        let stack = Stack::start(options).await.unwrap();
        let url = |provider| stack.webhook_url(provider);
        let urls = [
            url(ProviderName::JetEmail),
            url(ProviderName::Jasni),
            url(ProviderName::GetMailer),
        ];
        let topics = stack.topics();
        let cloudformation = CloudFormation::start(&[
            ("TableName", TABLE),
            ("BouncesTopicArn", &topics.bounces),
            ("ComplaintsTopicArn", &topics.complaints),
            ("SpamTopicArn", &topics.spam),
            ("JetEmailWebhookUrl", &urls[0]),
            ("JetEmailSigningSecretId", SECRET_ID),
            ("JasniWebhookUrl", &urls[1]),
            ("JasniSigningSecretId", "there-is-none"),
            ("GetMailerWebhookUrl", &urls[2]),
            ("GetMailerSigningSecretId", SECRET_ID),
        ])
        .await;
        Self {
            stack,
            cloudformation,
            secrets_manager: SecretsManager::start(&secret).await,
        }
    }

    /// The tool with these arguments, as somebody runs it who has credentials.
    pub fn tool(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = tool::command(data, arguments);
        command.args(["--stack", STACK]).envs([
            (
                "AWS_ENDPOINT_URL_CLOUDFORMATION",
                self.cloudformation.endpoint(),
            ),
            (
                "AWS_ENDPOINT_URL_DYNAMODB",
                self.stack.dynamodb().endpoint(),
            ),
            ("AWS_ENDPOINT_URL_SNS", self.stack.sns().endpoint()),
            (
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                self.secrets_manager.endpoint(),
            ),
        ]);
        with_credentials(&mut command);
        command
    }
}

/// Gives the command credentials and a region, and none that lie around.
pub fn with_credentials(command: &mut Command) {
    command.envs([
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "access-key-of-tests"),
        ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-tests"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
}
