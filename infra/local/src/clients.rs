//! Connects the production store and notifier to the table and topics of a local stack.

use anyhow::{Context, Result};
use ingestion::aws::{Access, Clients};
use ingestion::notifier::{Notifier, Topic, Topics};
use ingestion::store::{Store, WriteSettings};
use ingestion::suppressions::Suppressions;
use normalization::suppression::Policy;

use crate::engines::table::{self, Definition};
use crate::engines::topic_arn;
use crate::token::Token;

/// The name of the local stack's table.
pub const TABLE: &str = "mailhooks";

/// The name of the table of the local stack's suppression list.
pub const LIST_TABLE: &str = "suppressions";

pub(crate) fn topics(announce_all: bool) -> Topics {
    let announced = |topic: &Topic| announce_all || !topic.is_off_by_default();
    Topic::ALL.into_iter().filter(announced).map(|topic| (topic, topic_arn(topic.name()))).collect()
}

/// The store and the notifier of the local stack at these endpoints. Creates the table and
/// its indexes if they are missing.
pub async fn store_and_notifier(
    dynamodb: &str,
    sns: &str,
    token: &Token,
    announce_all: bool,
) -> Result<(Store, Notifier)> {
    let clients = Clients::new(&access(dynamodb, sns, token));
    table::create(&clients.dynamodb, TABLE, Definition::Events)
        .await
        .context("cannot open the table of the local stack")?;
    let store = Store::new(clients.dynamodb, TABLE, WriteSettings::default());
    Ok((store, Notifier::new(clients.sns, topics(announce_all))))
}

/// The store of the local stack whose `DynamoDB` is at this endpoint.
pub async fn store(endpoint: &str, token: &Token) -> Result<Store> {
    Ok(store_and_notifier(endpoint, endpoint, token, false).await?.0)
}

/// The suppression list of the local stack whose `DynamoDB` is at this endpoint, with the default rules. Creates the table if it
/// is missing.
pub async fn suppressions(endpoint: &str, token: &Token) -> Result<Suppressions> {
    let client = Clients::new(&access(endpoint, endpoint, token)).dynamodb;
    table::create(&client, LIST_TABLE, Definition::Suppressions)
        .await
        .context("cannot open the suppression list of the local stack")?;
    Ok(Suppressions::new(client, LIST_TABLE, Policy::default()))
}

/// The local servers require their token as the access key id. They do not verify signatures, so the secret can be anything.
fn access(dynamodb: &str, sns: &str, token: &Token) -> Access {
    Access {
        region: "us-east-1".to_owned(),
        access_key_id: token.text().to_owned().into(),
        secret_access_key: "local".to_owned().into(),
        session_token: None.into(),
        dynamodb_endpoint: Some(dynamodb.to_owned().into()),
        sns_endpoint: Some(sns.to_owned().into()),
        secrets_manager_endpoint: None,
        // The engines run on this machine: a time-out while it is busy would only lose webhooks.
        time_limits: false,
    }
}
