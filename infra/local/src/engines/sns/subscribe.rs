//! The calls about subscriptions, with the rules and error codes of SNS
//! (<https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>).
//!
//! Differences: only HTTP endpoints on this machine can subscribe, because an endpoint elsewhere could not confirm its
//! subscription, and one on this machine has no certificate for HTTPS; an attribute or a parameter that the stand-in does not
//! know is refused.

use axum::http::Uri;
use axum::response::Response;
use url::Url;

use super::filter::Filter;
use super::parameters::{Parameters, action};
use super::protocol::{self, Refusal};
use super::rules;
use super::subscriptions::Subscriptions;
use crate::http;

/// Protocols of SNS that the stand-in does not deliver to.
const OTHERS: [&str; 7] = ["application", "email", "email-json", "firehose", "lambda", "sms", "sqs"];

/// The account of the stand-in, which owns its subscriptions.
const OWNER: &str = "000000000000";

/// Whether a link from a message ends or confirms a subscription. Such a link is its own permission, as in SNS.
pub(super) fn is_link(subscriptions: &Subscriptions, uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut parameters = Parameters::parse(query);
    match action(query).as_str() {
        "ConfirmSubscription" => {
            parameters.take("Token").is_some_and(|token| subscriptions.has_token(&token))
        }
        "Unsubscribe" => parameters.take("SubscriptionArn").is_some_and(|arn| subscriptions.has_arn(&arn)),
        _ => false,
    }
}

/// Answers a call about subscriptions; `None` if its action is another one.
pub(super) fn answer(subscriptions: &Subscriptions, form: &[u8]) -> Option<Result<Response, Refusal>> {
    let action = action(form);
    let answer: fn(&Subscriptions, Parameters) -> Result<String, Refusal> = match action.as_str() {
        "ConfirmSubscription" => confirm,
        "ListSubscriptionsByTopic" => list,
        "Subscribe" => subscribe,
        "Unsubscribe" => unsubscribe,
        _ => return None,
    };
    // Only now, because the form may be a large batch.
    let answer = answer(subscriptions, Parameters::parse(form));
    Some(answer.map(|result| protocol::answered(&action, &result)))
}

fn subscribe(subscriptions: &Subscriptions, mut parameters: Parameters) -> Result<String, Refusal> {
    let arn = parameters.required("TopicArn")?;
    let topic = rules::topic(&arn)?;
    let protocol = parameters.required("Protocol")?;
    let endpoint = parameters.take("Endpoint").unwrap_or_default();
    let wants_arn = is_true("ReturnSubscriptionArn", parameters.take("ReturnSubscriptionArn").as_deref())?;
    let mut attributes = parameters.attributes();
    parameters.end()?;
    let url = self::endpoint(&protocol, &endpoint)?;
    let raw = is_true("Attributes: RawMessageDelivery", attributes.remove("RawMessageDelivery").as_deref())?;
    let scope = attributes.remove("FilterPolicyScope");
    if scope.is_some_and(|scope| scope != "MessageAttributes") {
        let reason = "FilterPolicyScope Reason: the stand-in filters by MessageAttributes only";
        return Err(Refusal::parameter(reason));
    }
    let filter = attributes.remove("FilterPolicy").map(|policy| Filter::parse(&policy)).transpose();
    let filter = filter.map_err(|reason| Refusal::parameter(format_args!("FilterPolicy: {reason}")))?;
    if let Some(name) = attributes.into_keys().next() {
        let reason = format!("Attributes Reason: the stand-in has no attribute {name:?} of a subscription");
        return Err(Refusal::parameter(reason));
    }
    let (arn, is_confirmed) = subscriptions.subscribe(topic, url, raw, filter.unwrap_or_default())?;
    let arn = if is_confirmed || wants_arn { &arn } else { "pending confirmation" };
    Ok(protocol::element("SubscriptionArn", arn))
}

/// The URL of an endpoint that can subscribe.
fn endpoint(protocol: &str, endpoint: &str) -> Result<Url, Refusal> {
    if OTHERS.contains(&protocol) {
        let reason = "Protocol Reason: the stand-in delivers to http and https only";
        return Err(Refusal::parameter(reason));
    }
    if !["http", "https"].contains(&protocol) {
        let reason = format!("Amazon SNS does not support this protocol string: {protocol}");
        return Err(Refusal::parameter(reason));
    }
    if !endpoint.starts_with(&format!("{protocol}://")) {
        return Err(Refusal::parameter("Endpoint must match the specified protocol"));
    }
    let url =
        Url::parse(endpoint).map_err(|error| Refusal::parameter(format_args!("Endpoint Reason: {error}")))?;
    if !http::is_here(&url) {
        return Err(Refusal::parameter(
            "Endpoint Reason: only endpoints on this machine, at localhost or a loopback address, can subscribe; \
             `mailhooks dev --forward-to` delivers to other ones",
        ));
    }
    if protocol == "https" {
        return Err(Refusal::parameter(
            "Endpoint Reason: an endpoint on this machine has no publicly trusted certificate, which https needs; \
             subscribe it with http",
        ));
    }
    Ok(url)
}

fn confirm(subscriptions: &Subscriptions, mut parameters: Parameters) -> Result<String, Refusal> {
    let arn = parameters.required("TopicArn")?;
    let topic = rules::topic(&arn)?;
    let token = parameters.required("Token")?;
    parameters.end()?;
    let arn = subscriptions.confirm(topic, &token).ok_or_else(|| Refusal::parameter("Token"))?;
    Ok(protocol::element("SubscriptionArn", &arn))
}

fn unsubscribe(subscriptions: &Subscriptions, mut parameters: Parameters) -> Result<String, Refusal> {
    let arn = parameters.required("SubscriptionArn")?;
    parameters.end()?;
    subscriptions.unsubscribe(&arn)?;
    Ok(String::new())
}

/// Lists all subscriptions of a topic on one page: the stand-in has no more than a page of SNS.
fn list(subscriptions: &Subscriptions, mut parameters: Parameters) -> Result<String, Refusal> {
    let topic_arn = parameters.required("TopicArn")?;
    let topic = rules::topic(&topic_arn)?;
    parameters.end()?;
    let listed = subscriptions.of(topic).into_iter().map(|one| {
        let members = [
            ("TopicArn", topic_arn.as_str()),
            ("Protocol", one.url.scheme()),
            ("SubscriptionArn", if one.is_confirmed { &one.arn } else { "PendingConfirmation" }),
            ("Owner", OWNER),
            ("Endpoint", one.url.as_str()),
        ];
        let members = members.map(|(name, value)| protocol::element(name, value)).concat();
        format!("<member>{members}</member>")
    });
    Ok(format!("<Subscriptions>{}</Subscriptions>", listed.collect::<String>()))
}

fn is_true(name: &str, value: Option<&str>) -> Result<bool, Refusal> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::parameter(format_args!("{name} Reason: it must be true or false"))),
    }
}
