//! JetEmail's query and replay of webhook events:
//! <https://jetemail.com/docs/api-reference/webhooks/query-webhook-events.md>.

use std::time::Duration;

use anyhow::{Context, Result};
use ingestion::clock::Deadline;
use ingestion::store::Store;
use jiff::Timestamp;
use normalization::ProviderName;
use serde_json::{Value, json};

use super::Arguments;
use super::listing::{Listed, Outcome, Page};
use super::report::Report;
use crate::output;
use crate::provider_api::{Api, Call};

/// Events per answer, the API's maximum.
const LIMIT: usize = 1_000;

/// The delay between two replays: an account may make 240 calls per minute, shared with other programs.
const PACE: Duration = Duration::from_millis(300);

/// The delay between two checks whether the replays have arrived.
const LOOK: Duration = Duration::from_millis(500);

/// Fetches the events after the first `offset`, of all webhooks or of `webhook`.
pub(super) async fn page(
    api: &Api,
    offset: usize,
    since: Timestamp,
    until: Timestamp,
    webhook: Option<&str>,
) -> Result<Page> {
    let mut body = json!({
        "date_from": since.as_second(),
        "date_to": until.as_second() + 1,
        "limit": LIMIT,
        "offset": offset,
    });
    if let (Some(webhook), Some(members)) = (webhook, body.as_object_mut()) {
        members.insert("uuid".to_owned(), webhook.into());
    }
    let answer = api.call(Call::post(["webhooks", "query"], body).that_reads()).await?;
    let rows = answer.get("events").and_then(Value::as_array);
    let rows = rows.context("JetEmail's answer has no list of events")?;
    let end = offset + rows.len();
    let total = answer.get("total").and_then(|total| usize::try_from(total.as_u64()?).ok());
    let more = !rows.is_empty() && total.is_none_or(|total| end < total);
    Ok(Page { events: rows.iter().filter_map(read).collect(), next: more.then_some(end) })
}

fn read(row: &Value) -> Option<Listed> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let key = text("id")?.to_owned();
    let event_type = text("event_type").unwrap_or_default().to_owned();
    let created_at = row.get("created_at").and_then(Value::as_i64);
    // Only the members that decide the keys in the store matter here: JetEmail posts the webhook itself.
    let mut data = row.get("payload").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(uid) = text("source_uid") {
        data.entry("uid").or_insert_with(|| uid.into());
    }
    let body = json!({"id": key, "type": event_type, "created_at": created_at, "data": data});
    Some(Listed {
        provider: ProviderName::JetEmail,
        key,
        event_type,
        time: created_at.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        url: text("webhook_url").map(str::to_owned),
        is_tried: matches!(text("latest_status"), Some("retry" | "pending")),
        body: body.to_string().into_bytes(),
        outcome: Outcome::Missing,
    })
}

/// Makes JetEmail post the missing events again and waits until they arrive. Skips events that JetEmail is still
/// retrying.
pub(super) async fn replay(
    arguments: &Arguments,
    api: &Api,
    report: &mut Report,
    store: &Store,
) -> Result<()> {
    let bar = output::progress(Some(report.missing.len() as u64), "events replayed");
    for event in &mut report.missing {
        if event.is_tried {
            event.outcome = Outcome::Tried;
        } else {
            let mut body = json!({"event_id": event.key});
            if let (Some(webhook), Some(members)) = (&arguments.webhook, body.as_object_mut()) {
                members.insert("uuid".to_owned(), webhook.as_str().into());
            }
            let call = Call::post(["webhooks", "replay"], body);
            api.call(call).await.with_context(|| format!("cannot replay {}", event.key))?;
            event.outcome = Outcome::Replayed;
            tokio::time::sleep(PACE).await;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    arrive(report, store, Duration::from_secs(arguments.wait)).await
}

async fn arrive(report: &mut Report, store: &Store, wait: Duration) -> Result<()> {
    let deadline = Deadline::after(wait);
    let awaited = report.count(Outcome::Replayed);
    let bar = output::progress(Some(awaited as u64), "events arrived");
    loop {
        for event in &mut report.missing {
            if event.outcome == Outcome::Replayed && event.is_in(store).await? {
                event.outcome = Outcome::Recorded;
                bar.inc(1);
            }
        }
        if report.count(Outcome::Replayed) == 0 || deadline.has_passed() {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}
