//! The check of a deployment: CloudFormation asks the real redrive whether it starts.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::put;
use ingestion::clock;
use mailhooks_tests::Testbed;
use mailhooks_tests::lambda::Function;
use mailhooks_tests::server::Server;
use normalization::ProviderName::JetEmail;
use serde_json::{Value, json};

/// The request of a custom resource, from the page of AWS about it.
fn request(url: &str) -> Value {
    json!({
        "RequestType": "Create",
        "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:redrive",
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/mailhooks/1",
        "RequestId": "request-1",
        "ResourceType": "Custom::FunctionsAreBuilt",
        "LogicalResourceId": "FunctionsAreBuilt",
        "ResourceProperties": {"Architecture": "arm64", "Build": "1"},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_redrive_tells_cloudformation_that_it_starts() {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&answers);
    let router =
        Router::new().route("/answer", put(async move |body: String| taken.lock().unwrap().push(body)));
    let cloudformation = Server::start(router).await;
    let testbed = Testbed::start(clock::now()).await;
    let redrive = Function::start("redrive", &testbed.variables(JetEmail)).await;
    let url = format!("{}/answer?signature=secret", cloudformation.endpoint());
    redrive.invoke(request(&url)).await.unwrap();
    let answers: Vec<Value> =
        answers.lock().unwrap().iter().map(|answer| serde_json::from_str(answer).unwrap()).collect();
    assert_eq!(
        answers,
        [json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": "FunctionsAreBuilt",
            "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/mailhooks/1",
            "RequestId": "request-1",
            "LogicalResourceId": "FunctionsAreBuilt",
        })]
    );
}

/// Anyone who has the URL can answer for the stack.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_refused_is_an_error_without_the_url() {
    let refusing = Server::start(Router::new().fallback(async || StatusCode::FORBIDDEN)).await;
    let testbed = Testbed::start(clock::now()).await;
    let redrive = Function::start("redrive", &testbed.variables(JetEmail)).await;
    for (url, says) in [
        (
            format!("{}/answer?signature=secret", refusing.endpoint()),
            "the server for the answer responded 403",
        ),
        (
            "http://127.0.0.1:9/answer?signature=secret".to_owned(),
            "the server for the answer could not be reached",
        ),
        ("not a URL, signature=secret".to_owned(), "the URL for the answer cannot be read"),
    ] {
        let error = redrive.invoke(request(&url)).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(!error.contains("secret") && !redrive.log().join("\n").contains("signature"), "{error}");
    }
}
