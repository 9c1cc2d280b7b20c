//! A stand-in for CloudFormation: the one call that the tool makes.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;

use crate::server::Server;

/// The name of the only stack.
pub const STACK: &str = "mailhooks-of-tests";

/// The parameters of the stack that the tool reads.
const PARAMETERS: &str = "<member><ParameterKey>HardBounceDays</ParameterKey><ParameterValue>0</ParameterValue></member>\
    <member><ParameterKey>SoftBounces</ParameterKey><ParameterValue>5</ParameterValue></member>\
    <member><ParameterKey>SoftBounceDays</ParameterKey><ParameterValue>30</ParameterValue></member>\
    <member><ParameterKey>SoftBounceHold</ParameterKey><ParameterValue>30</ParameterValue></member>";

/// Starts a stand-in that describes [`STACK`] with these outputs.
pub async fn describing(outputs: &[(&str, &str)]) -> Server {
    let member = |(name, value): &(&str, &str)| {
        format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs = outputs.iter().map(member).collect();
    Server::start(Router::new().fallback(answer).with_state(Answers::Stack(outputs))).await
}

/// Starts a stand-in that refuses every call with this code.
pub async fn failing(code: &'static str) -> Server {
    Server::start(Router::new().fallback(answer).with_state(Answers::Refusal(code))).await
}

#[derive(Clone)]
enum Answers {
    Stack(String),
    Refusal(&'static str),
}

async fn answer(State(answers): State<Answers>, request: String) -> Response<Body> {
    assert!(request.contains("Action=DescribeStacks&"), "{request}");
    let outputs = match answers {
        Answers::Refusal(code) => return refusal(code, "injected"),
        Answers::Stack(outputs) => outputs,
    };
    let name = request.split('&').find_map(|pair| pair.strip_prefix("StackName=")).unwrap();
    if name != STACK {
        return refusal("ValidationError", &format!("Stack with id {name} does not exist"));
    }
    let text = format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>{STACK}</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime>\
         <StackStatus>CREATE_COMPLETE</StackStatus><Parameters>{PARAMETERS}</Parameters><Outputs>{outputs}</Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
    );
    respond(200, text)
}

fn refusal(code: &str, message: &str) -> Response<Body> {
    let text = format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    respond(400, text)
}

fn respond(status: u16, text: String) -> Response<Body> {
    Response::builder().status(status).header("content-type", "text/xml").body(Body::from(text)).unwrap()
}
