//! The table itself, for stacks that make their own: the local one and those of tests.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::StoreError;

/// Every actionable event, by its recipient.
pub const BY_RECIPIENT: &str = "by_recipient";
/// Every event that waits to be announced, by shard.
pub const OUTBOX: &str = "outbox";

/// Makes the table with both indexes and its time to live, unless it exists.
pub async fn create(client: &Client, table: &str) -> Result<(), StoreError> {
    let by_recipient = index(
        BY_RECIPIENT,
        ["recipient", "occurred_at"],
        Projection::builder()
            .projection_type(ProjectionType::Include)
            .non_key_attributes("event")
            .non_key_attributes("received_at"),
    );
    let outbox = index(
        OUTBOX,
        ["outbox", "received_at"],
        Projection::builder().projection_type(ProjectionType::KeysOnly),
    );
    let attributes = [
        "pk",
        "sk",
        "recipient",
        "occurred_at",
        "outbox",
        "received_at",
    ];
    let created = client
        .create_table()
        .table_name(table)
        .set_attribute_definitions(Some(attributes.map(attribute).into()))
        .set_key_schema(Some(keys(["pk", "sk"])))
        .global_secondary_indexes(by_recipient)
        .global_secondary_indexes(outbox)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created {
        Ok(_) => time_to_live(client, table).await,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => Err(StoreError::of("CreateTable", &error)),
    }
}

async fn time_to_live(client: &Client, table: &str) -> Result<(), StoreError> {
    let specification = TimeToLiveSpecification::builder()
        .attribute_name("expires_at")
        .enabled(true);
    client
        .update_time_to_live()
        .table_name(table)
        .time_to_live_specification(specification.build().expect(REQUIRED))
        .send()
        .await
        .map(drop)
        .map_err(|error| StoreError::of("UpdateTimeToLive", &error))
}

const REQUIRED: &str = "every required member is set";

fn attribute(name: &str) -> AttributeDefinition {
    let attribute = AttributeDefinition::builder().attribute_name(name);
    attribute
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect(REQUIRED)
}

fn keys([partition, sort]: [&str; 2]) -> Vec<KeySchemaElement> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .expect(REQUIRED)
        })
        .collect()
}

fn index(
    name: &str,
    key: [&str; 2],
    projection: aws_sdk_dynamodb::types::builders::ProjectionBuilder,
) -> GlobalSecondaryIndex {
    let index = GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(key)));
    index
        .projection(projection.build())
        .build()
        .expect(REQUIRED)
}
