//! Connects the production store and notifier to the table and topics of a local stack.

use anyhow::{Context, Result};
use ingestion::aws::{Access, Clients};
use ingestion::notifier::{Notifier, Topic, Topics};
use ingestion::store::Store;

use crate::engines::{table, topic_arn};
use crate::token::Token;

/// The name of the local stack's table.
pub const TABLE: &str = "mailhooks";

/// Days that events are kept: the default of a deployed stack.
const RETENTION_DAYS: u32 = 180;

pub(crate) fn topics(announce_all: bool) -> Topics {
    let announced = |topic: &Topic| announce_all || *topic != Topic::Events;
    Topic::ALL.into_iter().filter(announced).map(|topic| (topic, topic_arn(topic.name()))).collect()
}

/// The store and the notifier of the local stack at these endpoints. Creates the table if it is missing.
pub async fn store_and_notifier(
    dynamodb: &str,
    sns: &str,
    token: &Token,
    announce_all: bool,
) -> Result<(Store, Notifier)> {
    let clients = Clients::new(&access(dynamodb, sns, token));
    table::create(&clients.dynamodb, TABLE).await.context("cannot open the table of the local stack")?;
    let store = Store::new(clients.dynamodb, TABLE, RETENTION_DAYS);
    Ok((store, Notifier::new(clients.sns, topics(announce_all))))
}

/// The store of the local stack whose `DynamoDB` is at this endpoint.
pub async fn store(endpoint: &str, token: &Token) -> Result<Store> {
    Ok(store_and_notifier(endpoint, endpoint, token, false).await?.0)
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
