//! A table that was attached to the stack.

use axum::http::{HeaderMap, StatusCode};

use super::*;

/// Where DynamoDB describes every table so, instead of the stack's.
async fn describing(table: Value, time_to_live: Value, recovery: &'static str) -> Server {
    let answer = async move |headers: HeaderMap| {
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        let answer = match target.rsplit('.').next().unwrap() {
            "DescribeTable" if !table.is_null() => json!({ "Table": table }),
            "DescribeTimeToLive" => json!({ "TimeToLiveDescription": time_to_live }),
            "DescribeContinuousBackups" => json!({"ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": recovery},
            }}),
            _ => {
                let refusal =
                    json!({"__type": "ResourceNotFoundException", "message": "there is no such table"});
                return (StatusCode::BAD_REQUEST, refusal.to_string());
            }
        };
        (StatusCode::OK, answer.to_string())
    };
    Server::start(Router::new().fallback(answer)).await
}

fn keys(names: &[&str]) -> Value {
    let kinds = ["HASH", "RANGE"];
    names.iter().zip(kinds).map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect()
}

fn index(name: &str, names: &[&str]) -> Value {
    json!({"IndexName": name, "IndexStatus": "ACTIVE", "KeySchema": keys(names)})
}

/// What doctor finds if the stack uses the table `restored` and DynamoDB describes it so.
async fn found(parameter: &str, dynamodb: Server) -> Findings {
    let deployed = Deployed::start().await.with_parameter(parameter, "restored").await;
    let folder = TempDir::new().unwrap();
    let mut doctor = doctor(&deployed, &folder);
    doctor.env("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint());
    findings(doctor).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_restored_table_lacks_is_reported_with_the_command_that_sets_it() {
    let table = json!({"TableStatus": "ACTIVE", "KeySchema": keys(&["pk", "sk"]), "GlobalSecondaryIndexes": [
        index("by_recipient", &["recipient", "occurred_at"]), index("outbox", &["outbox", "received_at"]),
    ]});
    let found = found("ExistingTable", describing(table, json!({}), "DISABLED").await).await;
    assert!(!found.contains_key("table"), "{found:#?}");
    for check in ["attached restored", "index by_recipient", "index outbox"] {
        assert_eq!(verdict(&found, check).0, "good", "{check}: {found:#?}");
    }
    for (check, expected, command) in [
        (
            "index by_time",
            "wrong",
            "aws dynamodb update-table --cli-input-json '{\"AttributeDefinitions\":[{\"AttributeName\":\"received_at\"",
        ),
        ("index by_time", "wrong", "\"TableName\":\"restored\""),
        ("expiry restored", "wrong", "Enabled=true,AttributeName=expires_at"),
        ("recovery restored", "warning", "PointInTimeRecoveryEnabled=true"),
        ("protection restored", "warning", "--table-name restored --deletion-protection-enabled"),
    ] {
        assert_says(&found, check, expected, command);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_list_that_lacks_nothing() {
    let table =
        json!({"TableStatus": "ACTIVE", "KeySchema": keys(&["address"]), "DeletionProtectionEnabled": true});
    let time_to_live = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"});
    let found = found("ExistingSuppressions", describing(table, time_to_live, "ENABLED").await).await;
    for check in ["attached restored", "expiry restored", "recovery restored", "protection restored"] {
        assert_eq!(verdict(&found, check).0, "good", "{check}: {found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_cannot_be_attached() {
    let none = found("ExistingTable", describing(Value::Null, json!({}), "DISABLED").await).await;
    assert_says(&none, "attached restored", "wrong", "a table of its account and region");
    let other = json!({"TableStatus": "ACTIVE", "KeySchema": keys(&["id"])});
    let other = found("ExistingTable", describing(other, json!({}), "DISABLED").await).await;
    assert_says(&other, "attached restored", "wrong", "its keys are id, expected pk, sk");
    let restoring = json!({"TableStatus": "CREATING"});
    let restoring = found("ExistingTable", describing(restoring, json!({}), "DISABLED").await).await;
    assert_says(&restoring, "attached restored", "wrong", "it is being created or deleted");
}
