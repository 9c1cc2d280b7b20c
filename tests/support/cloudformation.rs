//! A stand-in for CloudFormation: the one call that the tool makes.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;

use crate::server::Server;

/// The name of the only stack.
pub const STACK: &str = "mailhooks-of-tests";

/// The parameters of the stack that the tool reads, with their defaults.
pub const PARAMETERS: &[(&str, &str)] = &[
    ("HardBounceDays", "0"),
    ("SoftBounces", "5"),
    ("SoftBounceDays", "30"),
    ("SoftBounceHold", "30"),
    ("RetentionDays", "180"),
    ("AddressIndex", "mail"),
    ("TimeIndex", "on"),
    ("ExistingTable", ""),
    ("ExistingSuppressions", ""),
];

/// Starts a stand-in that describes [`STACK`] with these outputs and [`PARAMETERS`].
pub async fn describing(outputs: &[(&str, &str)]) -> Server {
    describing_with(outputs, PARAMETERS).await
}

/// Starts a stand-in that describes [`STACK`] with these outputs and parameters.
pub async fn describing_with(outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> Server {
    let members = |of: &str, pairs: &[(&str, &str)]| -> String {
        let member = |(name, value): &(&str, &str)| {
            format!("<member><{of}Key>{name}</{of}Key><{of}Value>{value}</{of}Value></member>")
        };
        pairs.iter().map(member).collect()
    };
    let described = format!(
        "<Parameters>{}</Parameters><Outputs>{}</Outputs>",
        members("Parameter", parameters),
        members("Output", outputs)
    );
    Server::start(Router::new().fallback(answer).with_state(Answers::Stack(described))).await
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
    let described = match answers {
        Answers::Refusal(code) => return refusal(code, "injected"),
        Answers::Stack(described) => described,
    };
    let name = request.split('&').find_map(|pair| pair.strip_prefix("StackName=")).unwrap();
    if name != STACK {
        return refusal("ValidationError", &format!("Stack with id {name} does not exist"));
    }
    let text = format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>{STACK}</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime>\
         <StackStatus>CREATE_COMPLETE</StackStatus>{described}</member></Stacks>\
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
