//! From an API Gateway event to the answer.

#[expect(unreachable_pub, reason = "a file of the tests' support, where it is reached")]
#[path = "../../support/api_gateway.rs"]
mod api_gateway;

use api_gateway::Encoding;
use ingestion::GatewayEvent;
use lambda_http::Request;
use lambda_http::http::{HeaderName, Method};
use normalization::{Provider, ProviderName};
use serde_json::{Value, json};

use crate::bench::{Bench, SECRETS, now};
use crate::forgery::check_refused;
use crate::plan::Plan;
use crate::receive::deliver;
use crate::request::{Headers, parse, signed};

/// Passes an input as an event to the receiver of a provider that the input chooses.
pub fn http(input: &[u8]) {
    let Some((plan, rest)) = Plan::read(input) else {
        return;
    };
    let Some((request_line, headers, body)) = parse(rest) else {
        return;
    };
    let provider = ProviderName::ALL[plan.choice() % ProviderName::ALL.len()];
    HandOver { plan, request_line, headers, body }.deliver_to(provider.provider());
}

struct HandOver<'b> {
    plan: Plan,
    request_line: String,
    headers: Headers,
    body: &'b [u8],
}

impl HandOver<'_> {
    fn deliver_to(mut self, provider: &'static Provider) {
        let is_authentic = self.plan.forgery().is_none();
        self.headers.retain(|(name, _)| {
            HeaderName::from_bytes(name.as_bytes()).is_ok() && !(is_authentic && name.starts_with("x-"))
        });
        if is_authentic {
            let secret = SECRETS[usize::from(self.plan.older_secret())];
            self.headers.extend(signed(provider, self.plan, secret, self.body, now()));
        }
        let event = self.event().to_string();
        let request = || {
            // Parsed as in the runtime, which stops at the first error.
            let mut reader = serde_json::Deserializer::from_str(&event).into_iter();
            let read: GatewayEvent = reader.next().unwrap().unwrap();
            Request::try_from(read)
        };
        let Ok(first) = request() else {
            let is_method = Method::from_bytes(self.place().0.as_bytes()).is_ok();
            assert!(!is_method, "only an invalid method makes the request invalid");
            return;
        };
        self.check_request(&first);
        Bench::with(|bench| {
            let is_place = bench.receive(provider, first, false).status != 405;
            assert_eq!(is_place, self.place().0 == "POST");
            if is_place && is_authentic {
                bench.aws.reset();
                deliver(provider, bench, self.plan, &self.headers, self.body, || request().unwrap());
            } else if is_place {
                check_refused(provider, bench, request().unwrap());
            }
            assert!(is_authentic || bench.aws.calls().is_empty(), "no call to AWS");
        });
    }

    fn event(&self) -> Value {
        let (method, target) = self.place();
        let as_text = self.plan.as_text() && std::str::from_utf8(self.body).is_ok();
        let encoding = if as_text { Encoding::Text } else { Encoding::Base64 };
        let mut event = api_gateway::event(method, &target, &self.headers, self.body, encoding);
        if let Some(cookies) = event["headers"].as_object_mut().unwrap().remove("cookie") {
            let cookies = cookies.as_str().unwrap().split("; ");
            event["cookies"] = cookies.map(str::to_owned).collect();
        }
        if self.plan.announces_all() {
            event["requestContext"]["stage"] = json!("prod");
        }
        event
    }

    fn place(&self) -> (&str, String) {
        let mut words = self.request_line.split(' ');
        let method = words.next().filter(|word| !word.is_empty()).unwrap_or("POST");
        (method, format!("/{}", words.next().unwrap_or_default().trim_start_matches('/')))
    }

    fn check_request(&self, request: &Request) {
        assert_eq!(request.method().as_str(), self.place().0);
        let body: &[u8] = request.body();
        assert!(body == self.body, "the exact bytes");
    }
}
