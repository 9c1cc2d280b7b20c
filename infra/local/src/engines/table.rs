//! Creates the tables as `template.yaml` defines them.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, Projection, TimeToLiveSpecification,
};
use ingestion::store::TableSchema;
use serde::Deserialize;
use serde_json::{Value, json};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// A table of the template.
#[derive(Clone, Copy)]
pub enum Definition {
    /// The events.
    Events,
    /// The suppression list.
    Suppressions,
}

/// Creates a table with its indexes and its time to live. If it exists, only the indexes that an earlier version did not have.
pub async fn create(client: &Client, name: &str, definition: Definition) -> Result<()> {
    let table = &properties(definition)?;
    let indexes = each(table, "GlobalSecondaryIndexes", index)?;
    let created = client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(each(table, "AttributeDefinitions", attribute)?))
        .set_key_schema(Some(each(table, "KeySchema", key)?))
        .set_global_secondary_indexes(Some(indexes).filter(|indexes| !indexes.is_empty()))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created {
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            return add_indexes(client, name, table).await;
        }
        created => created.context("CreateTable")?,
    };
    let time_to_live = part(table, "TimeToLiveSpecification");
    let time_to_live = TimeToLiveSpecification::builder()
        .attribute_name(text(time_to_live, "AttributeName")?)
        .enabled(part(time_to_live, "Enabled") == true);
    client
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(time_to_live.build()?)
        .send()
        .await
        .context("UpdateTimeToLive")?;
    Ok(())
}

/// Adds the indexes that the table does not have. They find the items that have their attributes. It tries each, because the
/// engine counts all items of a table to describe it.
async fn add_indexes(client: &Client, name: &str, table: &Value) -> Result<()> {
    for index in each(table, "GlobalSecondaryIndexes", index)? {
        let added = CreateGlobalSecondaryIndexAction::builder()
            .index_name(index.index_name())
            .set_key_schema(Some(index.key_schema().to_vec()))
            .set_projection(index.projection().cloned());
        let update = GlobalSecondaryIndexUpdate::builder().create(added.build()?).build();
        let added = client
            .update_table()
            .table_name(name)
            .set_attribute_definitions(Some(each(table, "AttributeDefinitions", attribute)?))
            .global_secondary_index_updates(update)
            .send()
            .await;
        match added {
            Err(error) if error.message().is_some_and(|message| message.contains("already exists")) => {}
            added => drop(added.context("UpdateTable")?),
        }
    }
    Ok(())
}

/// The schema of a table in the template.
pub fn shape(definition: Definition) -> Result<TableSchema> {
    let table = &properties(definition)?;
    let keys = |of: &Value| each(of, "KeySchema", |key| text(key, "AttributeName"));
    let indexes =
        each(table, "GlobalSecondaryIndexes", |index| Ok((text(index, "IndexName")?, keys(index)?)))?;
    Ok(TableSchema {
        keys: keys(table)?,
        indexes: indexes.into_iter().collect(),
        expires_by: Some(text(part(table, "TimeToLiveSpecification"), "AttributeName")?),
    })
}

/// The input of `UpdateTable` that adds an index of the template to a table with this name.
pub fn adding_index(definition: Definition, table: &str, index: &str) -> Result<Value> {
    let properties = &properties(definition)?;
    let indexes = part(properties, "GlobalSecondaryIndexes").as_array().into_iter().flatten();
    let added = indexes.into_iter().find(|of| part(of, "IndexName") == index);
    let added = added.with_context(|| format!("template.yaml: the table has no index {index}"))?;
    let keys = each(added, "KeySchema", |key| text(key, "AttributeName"))?;
    let definitions = part(properties, "AttributeDefinitions").as_array().into_iter().flatten();
    let is_key = |of: &&Value| keys.iter().any(|key| part(of, "AttributeName") == key.as_str());
    Ok(json!({
        "TableName": table,
        "AttributeDefinitions": definitions.filter(is_key).collect::<Vec<_>>(),
        "GlobalSecondaryIndexUpdates": [{"Create": added}],
    }))
}

/// The properties of a table in the template.
fn properties(definition: Definition) -> Result<Value> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Template {
        resources: Resources,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Resources {
        table: Resource,
        suppressions_table: Resource,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Resource {
        properties: Value,
    }
    let template: Template = serde_saphyr::from_str(TEMPLATE).context("template.yaml")?;
    let Resources { table, suppressions_table } = template.resources;
    Ok(match definition {
        Definition::Events => table.properties,
        Definition::Suppressions => suppressions_table.properties,
    })
}

fn part<'a>(of: &'a Value, name: &str) -> &'a Value {
    of.get(name).unwrap_or(&Value::Null)
}

fn each<T>(of: &Value, name: &str, convert: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
    part(of, name).as_array().into_iter().flatten().map(convert).collect()
}

fn text(of: &Value, name: &str) -> Result<String> {
    let text = part(of, name).as_str().map(str::to_owned);
    text.with_context(|| format!("template.yaml: the table has no {name}"))
}

fn name(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("template.yaml: an attribute of the table has no name")
}

fn attribute(attribute: &Value) -> Result<AttributeDefinition> {
    let definition = AttributeDefinition::builder().attribute_name(text(attribute, "AttributeName")?);
    Ok(definition.attribute_type(text(attribute, "AttributeType")?.as_str().into()).build()?)
}

fn key(key: &Value) -> Result<KeySchemaElement> {
    let element = KeySchemaElement::builder().attribute_name(text(key, "AttributeName")?);
    Ok(element.key_type(text(key, "KeyType")?.as_str().into()).build()?)
}

fn index(index: &Value) -> Result<GlobalSecondaryIndex> {
    let projection = part(index, "Projection");
    let projected = Projection::builder()
        .projection_type(text(projection, "ProjectionType")?.as_str().into())
        .set_non_key_attributes(
            Some(each(projection, "NonKeyAttributes", name)?).filter(|names| !names.is_empty()),
        );
    let built = GlobalSecondaryIndex::builder()
        .index_name(text(index, "IndexName")?)
        .set_key_schema(Some(each(index, "KeySchema", key)?))
        .projection(projected.build());
    Ok(built.build()?)
}
