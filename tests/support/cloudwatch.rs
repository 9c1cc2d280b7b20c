//! A stand-in for CloudWatch: the two calls that the tool makes, in the protocol that its client speaks.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>,
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, Uri};
use jiff::Timestamp;
use normalization::ProviderName;

use crate::cloudformation::STACK;
use crate::server::Server;

/// A running stand-in.
pub struct CloudWatch {
    server: Server,
    state: Shared,
}

type Shared = Arc<Mutex<Known>>;

#[derive(Default)]
struct Known {
    counts: Vec<Count>,
    /// Name, state and description.
    alarms: Vec<[String; 3]>,
    /// Whether alarms may be listed.
    hides_alarms: bool,
}

struct Count {
    metric: &'static str,
    provider: ProviderName,
    hour: Timestamp,
    sum: f64,
}

impl CloudWatch {
    /// Starts a stand-in without metrics.
    pub async fn start() -> Self {
        let state = Shared::default();
        let server = Server::start(Router::new().fallback(answer).with_state(Arc::clone(&state))).await;
        Self { server, state }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// Adds a metric value of a provider in the hour that begins at this time.
    pub fn count(&self, metric: &'static str, provider: ProviderName, hour: Timestamp, sum: f64) {
        self.state.lock().unwrap().counts.push(Count { metric, provider, hour, sum });
    }

    /// Adds an alarm with this name, description and state.
    pub fn alarm(&self, name: &str, state: &str, description: &str) {
        self.state.lock().unwrap().alarms.push([name, state, description].map(str::to_owned));
    }

    /// Refuses to list alarms, as for a caller without the permission.
    pub fn hide_alarms(&self) {
        self.state.lock().unwrap().hides_alarms = true;
    }
}

async fn answer(State(state): State<Shared>, uri: Uri, request: Bytes) -> Response<Body> {
    // CBOR contains texts unencoded.
    let names = |text: &str| request.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    let state = state.lock().unwrap();
    if uri.path().ends_with("/operation/DescribeAlarms") {
        if state.hides_alarms {
            return respond(403, refusal());
        }
        return respond(200, alarms(&state.alarms, names));
    }
    assert!(uri.path().ends_with("/operation/GetMetricStatistics"));
    assert!(names(&format!("mailhooks/{STACK}")));
    let asked = state.counts.iter().filter(|count| names(count.metric) && names(count.provider.as_str()));
    let points: Vec<_> = asked.collect();
    // RFC 8949: a map of one entry with an array of maps of two; a time is a number with the tag 1.
    let mut body = vec![0xa1];
    text(&mut body, "Datapoints");
    body.push(0x80 | u8::try_from(points.len()).unwrap());
    for point in points {
        body.push(0xa2);
        text(&mut body, "Timestamp");
        time(&mut body, point.hour);
        text(&mut body, "Sum");
        float(&mut body, point.sum);
    }
    respond(200, body)
}

/// One alarm per page, of those whose name begins with the name of the stack.
fn alarms(alarms: &[[String; 3]], names: impl Fn(&str) -> bool) -> Vec<u8> {
    let prefix = format!("{STACK} ");
    assert!(names(&prefix));
    let ours: Vec<_> = alarms.iter().filter(|[name, ..]| name.starts_with(&prefix)).collect();
    let token = |page: usize| format!("the page {page}.");
    let page = (1..ours.len()).find(|page| names(&token(*page))).unwrap_or_default();
    let more = page + 1 < ours.len();
    let mut body = vec![0xa1 + u8::from(more)];
    if more {
        text(&mut body, "NextToken");
        text(&mut body, &token(page + 1));
    }
    text(&mut body, "MetricAlarms");
    let Some([name, state, description]) = ours.get(page) else {
        body.push(0x80);
        return body;
    };
    body.extend([0x81, 0xa4]);
    for (member, value) in [("AlarmName", name), ("StateValue", state), ("AlarmDescription", description)] {
        text(&mut body, member);
        text(&mut body, value);
    }
    text(&mut body, "StateUpdatedTimestamp");
    time(&mut body, "2026-11-01T08:00:00Z".parse().unwrap());
    body
}

fn refusal() -> Vec<u8> {
    let mut body = vec![0xa2];
    text(&mut body, "__type");
    text(&mut body, "com.amazonaws.cloudwatch#AccessDenied");
    text(&mut body, "message");
    text(&mut body, "not for you");
    body
}

fn respond(status: u16, body: Vec<u8>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor")
        .body(Body::from(body))
        .unwrap()
}

/// A number of seconds with the tag 1.
fn time(body: &mut Vec<u8>, time: Timestamp) {
    body.push(0xc1);
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact")]
    float(body, time.as_second() as f64);
}

fn text(body: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).unwrap();
    match length {
        0..24 => body.push(0x60 | length),
        _ => body.extend([0x78, length]),
    }
    body.extend(text.as_bytes());
}

fn float(body: &mut Vec<u8>, number: f64) {
    body.push(0xfb);
    body.extend(number.to_be_bytes());
}
