//! The table, made as `template.yaml` has it.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection,
    TimeToLiveSpecification,
};
use ingestion::store::TableSchema;
use serde::Deserialize;

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// Makes the table with its indexes and its time to live, unless it exists.
///
/// # Errors
///
/// If `DynamoDB` refuses it or does not answer.
pub async fn create(client: &Client, name: &str) -> Result<()> {
    let Template { resources } = serde_saphyr::from_str(TEMPLATE).context("template.yaml")?;
    let Table { attribute_definitions, key_schema, global_secondary_indexes, time_to_live_specification } =
        resources.table.properties;
    let created = client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(each(attribute_definitions, Attribute::for_sdk)?))
        .set_key_schema(Some(each(key_schema, Key::for_sdk)?))
        .set_global_secondary_indexes(Some(each(global_secondary_indexes, Index::for_sdk)?))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created {
        Ok(_) => {}
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error).context("CreateTable"),
    }
    let time_to_live = TimeToLiveSpecification::builder()
        .attribute_name(time_to_live_specification.attribute_name)
        .enabled(time_to_live_specification.enabled);
    client
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(time_to_live.build()?)
        .send()
        .await
        .context("UpdateTimeToLive")?;
    Ok(())
}

/// What the template's table is like.
///
/// # Errors
///
/// None: the template is part of the program.
pub fn shape() -> Result<TableSchema> {
    let Template { resources } = serde_saphyr::from_str(TEMPLATE).context("template.yaml")?;
    let table = resources.table.properties;
    let names = |keys: Vec<Key>| keys.into_iter().map(|key| key.attribute_name).collect();
    let indexes = table.global_secondary_indexes.into_iter();
    Ok(TableSchema {
        keys: names(table.key_schema),
        indexes: indexes.map(|index| (index.name, names(index.key_schema))).collect(),
        expires_by: Some(table.time_to_live_specification.attribute_name),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    resources: Resources,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resources {
    table: Resource,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    properties: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Table {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Key>,
    global_secondary_indexes: Vec<Index>,
    time_to_live_specification: TimeToLive,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Index {
    #[serde(rename = "IndexName")]
    name: String,
    key_schema: Vec<Key>,
    projection: Projected,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Projected {
    projection_type: String,
    non_key_attributes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

fn each<T, U>(all: Vec<T>, convert: fn(T) -> Result<U>) -> Result<Vec<U>> {
    all.into_iter().map(convert).collect()
}

impl Attribute {
    fn for_sdk(self) -> Result<AttributeDefinition> {
        let definition = AttributeDefinition::builder()
            .attribute_name(self.attribute_name)
            .attribute_type(self.attribute_type.as_str().into());
        Ok(definition.build()?)
    }
}

impl Key {
    fn for_sdk(self) -> Result<KeySchemaElement> {
        let element = KeySchemaElement::builder()
            .attribute_name(self.attribute_name)
            .key_type(self.key_type.as_str().into());
        Ok(element.build()?)
    }
}

impl Index {
    fn for_sdk(self) -> Result<GlobalSecondaryIndex> {
        let projection = Projection::builder()
            .projection_type(self.projection.projection_type.as_str().into())
            .set_non_key_attributes(self.projection.non_key_attributes);
        let index = GlobalSecondaryIndex::builder()
            .index_name(self.name)
            .set_key_schema(Some(each(self.key_schema, Key::for_sdk)?))
            .projection(projection.build());
        Ok(index.build()?)
    }
}
