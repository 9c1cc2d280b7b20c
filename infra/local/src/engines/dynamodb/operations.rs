//! The operations of `DynamoDB`, by the names that a request has for them.

use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{Database, DynoxideError, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Items that are read for one page at most. Without a limit dynoxide reads all that is left of a table, to hand out
/// one megabyte of it.
const PAGE: usize = 1_000;

/// Carries an operation out, whose request and answer are JSON; `None` if there is no such operation.
pub(super) fn carry_out(database: &Database, operation: &str, request: &str) -> Option<Result<String>> {
    let request = Json(request);
    Some(match operation {
        "CreateTable" => request.answer(|request| database.create_table(request)),
        "DeleteTable" => request.answer(|request| database.delete_table(request)),
        "DescribeTable" => request.answer(|request| database.describe_table(request)),
        "ListTables" => request.answer(|request| database.list_tables(request)),
        "UpdateTable" => request.answer(|request| database.update_table(request)),
        "UpdateTimeToLive" => request.answer(|request| database.update_time_to_live(request)),
        "DescribeTimeToLive" => request.answer(|request| database.describe_time_to_live(request)),
        "PutItem" => request.answer(|request| database.put_item(request)),
        "GetItem" => request.answer(|request| database.get_item(request)),
        "UpdateItem" => request.answer(|request| database.update_item(request)),
        "DeleteItem" => request.answer(|request| database.delete_item(request)),
        "Query" => request.answer(|mut request: QueryRequest| {
            request.limit = Some(at_most_a_page(request.limit));
            database.query(request)
        }),
        "Scan" => request.answer(|mut request: ScanRequest| {
            request.limit = Some(at_most_a_page(request.limit));
            database.scan(request)
        }),
        "BatchGetItem" => request.answer(|request| database.batch_get_item(request)),
        "BatchWriteItem" => request.answer(|request| database.batch_write_item(request)),
        "TransactGetItems" => request.answer(|request| database.transact_get_items(request)),
        "TransactWriteItems" => request.answer(|request| database.transact_write_items(request)),
        "ExecuteStatement" => request.answer(|request| database.execute_statement(request)),
        "ExecuteTransaction" => request.answer(|request| database.execute_transaction(request)),
        "BatchExecuteStatement" => request.answer(|request| database.batch_execute_statement(request)),
        _ => return None,
    })
}

fn at_most_a_page(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).min(PAGE)
}

struct Json<'a>(&'a str);

impl Json<'_> {
    fn answer<Request: DeserializeOwned, Answer: Serialize>(
        self,
        operation: impl FnOnce(Request) -> Result<Answer>,
    ) -> Result<String> {
        let request = serde_json::from_str(self.0)
            .map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
        serde_json::to_string(&operation(request)?)
            .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
    }
}
