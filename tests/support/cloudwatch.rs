//! A stand-in for CloudWatch: the one call that the tool makes, in the protocol that its client speaks.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>,
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, Uri};
use jiff::Timestamp;
use normalization::ProviderName;
use tokio::net::TcpListener;

use crate::cloudformation::STACK;

/// A running stand-in.
pub struct CloudWatch {
    endpoint: String,
    counts: Counts,
    server: tokio::task::JoinHandle<()>,
}

type Counts = Arc<Mutex<Vec<Count>>>;

struct Count {
    metric: &'static str,
    provider: ProviderName,
    hour: Timestamp,
    sum: f64,
}

impl CloudWatch {
    /// Starts one that has counted nothing.
    pub async fn start() -> Self {
        let counts = Counts::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&counts));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            endpoint,
            counts,
            server,
        }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Counts something of a provider in the hour that begins then.
    pub fn count(&self, metric: &'static str, provider: ProviderName, hour: Timestamp, sum: f64) {
        self.counts.lock().unwrap().push(Count {
            metric,
            provider,
            hour,
            sum,
        });
    }
}

impl Drop for CloudWatch {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(counts): State<Counts>, uri: Uri, request: Bytes) -> Response<Body> {
    assert!(uri.path().ends_with("/operation/GetMetricStatistics"));
    // Texts stand in CBOR as they are.
    let names = |text: &str| {
        request
            .windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    };
    assert!(names(&format!("mailhooks/{STACK}")));
    let counts = counts.lock().unwrap();
    let asked = counts
        .iter()
        .filter(|count| names(count.metric) && names(count.provider.as_str()));
    let points: Vec<_> = asked.collect();
    // RFC 8949: a map of one, an array, and in it maps of two; a time is a number with the tag 1.
    let mut body = vec![0xa1];
    text(&mut body, "Datapoints");
    body.push(0x80 | u8::try_from(points.len()).unwrap());
    for point in points {
        body.push(0xa2);
        text(&mut body, "Timestamp");
        body.push(0xc1);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of this century are exact"
        )]
        float(&mut body, point.hour.as_second() as f64);
        text(&mut body, "Sum");
        float(&mut body, point.sum);
    }
    Response::builder()
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor")
        .body(Body::from(body))
        .unwrap()
}

fn text(body: &mut Vec<u8>, text: &str) {
    body.push(0x60 | u8::try_from(text.len()).unwrap());
    body.extend(text.as_bytes());
}

fn float(body: &mut Vec<u8>, number: f64) {
    body.push(0xfb);
    body.extend(number.to_be_bytes());
}
