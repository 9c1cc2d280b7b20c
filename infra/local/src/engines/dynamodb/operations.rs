//! The operations of `DynamoDB`, by their names in requests.

use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{Database, DynoxideError, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most items read for one page. Without a limit, dynoxide reads the whole rest of a table to return one megabyte
/// of it.
const PAGE: usize = 1_000;

/// Runs an operation, whose request and answer are JSON; `None` if the operation is not supported.
pub(super) fn carry_out(database: &Database, operation: &str, request: &str) -> Option<Result<String>> {
    Some(match operation {
        "CreateTable" => answer(request, |request| database.create_table(request)),
        "DeleteTable" => answer(request, |request| database.delete_table(request)),
        "DescribeTable" => answer(request, |request| database.describe_table(request)),
        "ListTables" => answer(request, |request| database.list_tables(request)),
        "UpdateTable" => answer(request, |request| database.update_table(request)),
        "UpdateTimeToLive" => answer(request, |request| database.update_time_to_live(request)),
        "DescribeTimeToLive" => answer(request, |request| database.describe_time_to_live(request)),
        "PutItem" => answer(request, |request| database.put_item(request)),
        "GetItem" => answer(request, |request| database.get_item(request)),
        "UpdateItem" => answer(request, |request| database.update_item(request)),
        "DeleteItem" => answer(request, |request| database.delete_item(request)),
        "Query" => answer(request, |mut request: QueryRequest| {
            request.limit = Some(at_most_a_page(request.limit));
            database.query(request)
        }),
        "Scan" => answer(request, |mut request: ScanRequest| {
            request.limit = Some(at_most_a_page(request.limit));
            database.scan(request)
        }),
        "BatchGetItem" => answer(request, |request| database.batch_get_item(request)),
        "BatchWriteItem" => answer(request, |request| database.batch_write_item(request)),
        "TransactGetItems" => answer(request, |request| database.transact_get_items(request)),
        "TransactWriteItems" => answer(request, |request| database.transact_write_items(request)),
        "ExecuteStatement" => answer(request, |request| database.execute_statement(request)),
        "ExecuteTransaction" => answer(request, |request| database.execute_transaction(request)),
        "BatchExecuteStatement" => answer(request, |request| database.batch_execute_statement(request)),
        _ => return None,
    })
}

fn at_most_a_page(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).min(PAGE)
}

fn answer<Request: DeserializeOwned, Answer: Serialize>(
    request: &str,
    operation: impl FnOnce(Request) -> Result<Answer>,
) -> Result<String> {
    let request = serde_json::from_str(request)
        .map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_string(&operation(request)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
