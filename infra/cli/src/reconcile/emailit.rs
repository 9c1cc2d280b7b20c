//! Emailit's Events API: <https://emailit.com/docs/logs/events.md>. Its events become the bodies of webhooks; the `id` of
//! an event is the `event_id` of a webhook.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use normalization::{ProviderName, parse_time};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::listing::{Listed, Outcome, Page};
use super::receiver::Receiver;
use super::report::Report;
use crate::output;
use crate::provider_api::{Api, Call};

/// Events per page, the API's maximum, and events per webhook.
const PAGE: usize = 100;

/// The most bytes in a webhook: a sixth of Lambda's limit.
const MAX_BODY: usize = 1024 * 1024;

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    next_page_url: Option<Value>,
}

/// The members of an event that are read.
#[derive(Deserialize)]
struct Head {
    id: String,
    #[serde(rename = "type", default)]
    event_type: String,
    created_at: Option<String>,
    #[serde(default)]
    data: Value,
}

/// Fetches the page after the first `before` pages and keeps the events since `since`.
pub(super) async fn page(api: &Api, before: usize, since: Timestamp) -> Result<Page> {
    let call = Call::get(["events"])
        .query("page", &(before + 1).to_string())
        .query("limit", &PAGE.to_string())
        .query("include_data", "true");
    let answer = api.text(call).await?;
    let list: List<'_> =
        serde_json::from_str(&answer).ok().context("Emailit's answer has no list of events")?;
    let mut events = Vec::new();
    let mut times = Vec::new();
    for raw in list.data {
        let mut event = read(raw.get())?;
        times.push(event.time);
        if event.time.is_some_and(|time| time < since) {
            continue;
        }
        if event.body.is_empty() {
            let whole = api.text(Call::get(["events", &event.key])).await?;
            event = read(&whole)?;
        }
        events.push(event);
    }
    // Emailit documents no order. If this page is sorted, newest first, and ends before `since`, the list is taken to be
    // sorted and ends here.
    let newest_first = times.is_sorted_by(|one, other| one >= other);
    let ends_before = times.last().is_none_or(|last| last.is_some_and(|time| time < since));
    let more = list.next_page_url.is_some_and(|url| !url.is_null());
    let next = (more && !(newest_first && ends_before)).then_some(before + 1);
    Ok(Page { events, next })
}

/// Turns a listed event into the body of a webhook: the bytes from the list, with the key added as `event_id`. The body
/// is empty if the list leaves out the event's data.
fn read(raw: &str) -> Result<Listed> {
    let head: Head = serde_json::from_str(raw).ok().context("cannot read an event in Emailit's list")?;
    let members = raw.trim().strip_prefix('{').context("an event in Emailit's list is not an object")?;
    let body = match head.data {
        Value::Null => String::new(),
        _ => format!(r#"{{"event_id":{},{members}"#, Value::String(head.id.clone())),
    };
    Ok(Listed {
        provider: ProviderName::Emailit,
        key: head.id,
        event_type: head.event_type,
        time: head.created_at.as_deref().and_then(parse_time),
        url: None,
        is_tried: false,
        body: body.into_bytes(),
        outcome: Outcome::Missing,
    })
}

/// Posts the missing events to the receiver as Emailit would, oldest first, 100 per webhook.
pub(super) async fn post(report: &mut Report, receiver: &Receiver) -> Result<()> {
    let bar = output::progress(Some(report.missing.len() as u64), "events posted");
    let mut rest = report.missing.as_mut_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at_mut(batch(rest));
        let bodies: Vec<&[u8]> = batch.iter().map(|event| event.body.as_slice()).collect();
        let body = [b"[".as_slice(), &bodies.join(&b","[..]), b"]"].concat();
        let answer = receiver.post(body).await?;
        if answer.status != 200 {
            bar.finish_and_clear();
            bail!(
                "the receiver answered {}: {}. The events posted before are recorded; fix the receiver and run this again",
                answer.status,
                answer.body.trim()
            );
        }
        for event in batch.iter_mut() {
            event.outcome = Outcome::Recorded;
        }
        bar.inc(batch.len() as u64);
        rest = after;
    }
    bar.finish_and_clear();
    Ok(())
}

/// The number of events in the next webhook; at least one.
fn batch(events: &[Listed]) -> usize {
    let sizes = events.iter().scan(0, |sum, event| {
        *sum += event.body.len() + 1;
        Some(*sum)
    });
    sizes.take(PAGE).take_while(|sum| *sum <= MAX_BODY).count().max(1)
}
