//! `doctor --post`: posts a recognizable signed sample to each receiver.
//!
//! The sample is the provider's fixture `accepted/mailhooks-doctor`. It is always the same webhook, so the table stores it once, as
//! an event without an action: mail that was accepted or sent, to an address that cannot exist (RFC 2606).

use anyhow::Result;
use ingestion::clock;
use ingestion::store::{SAMPLE_MESSAGE, Store, is_sample};
use jiff::Timestamp;
use mailhooks_local::samples::doctor;
use mailhooks_local::{PROBE, http};
use normalization::{ProviderName, SigningSecret, sign};
use url::Url;

use super::report::Report;
use crate::provider_api::without_path_secret;

/// Posts the sample and expects the answer 200.
pub(super) async fn post(
    provider: ProviderName,
    url: &Url,
    secret: &SigningSecret,
    logs: &str,
    report: &mut Report<'_>,
) -> Result<()> {
    let check = ("post", provider.as_str());
    let body = doctor(provider)?.body;
    let mut headers = sign(provider.provider(), secret, &body, clock::now());
    headers.push(("user-agent", PROBE.to_owned()));
    let answer = match http::post(url, headers, body).await {
        Ok(answer) => answer,
        Err(error) => {
            let remedy = "check the network";
            let says = format!("{error:#}").replace(url.as_str(), &without_path_secret(url.as_str()));
            return report.bad(check, says, remedy);
        }
    };
    let status = answer.status;
    let counted = answer.count("recorded") + answer.count("duplicates");
    if status == 200 && counted == 1 {
        let says = if answer.count("recorded") == 1 {
            "a signed sample was accepted and recorded"
        } else {
            "a signed sample was accepted; an earlier --post recorded it"
        };
        return report.good(check, says);
    }
    let url = without_path_secret(url.as_str());
    if answer.is_good() {
        let says = format!("{url} answers {status} to a signed sample but records nothing");
        return report.bad(check, says, "check what is deployed there: it is not a mailhooks receiver");
    }
    let says = format!("{url} answers {status} to a signed sample");
    let remedy = match status {
        401 => format!("its secret differs from the one that doctor reads: check {logs}"),
        503 => format!(
            "its secret differs, or it cannot read its secret or write to its table: {logs} has the reason"
        ),
        _ => format!("check {logs}, and that this is the URL of the stack"),
    };
    report.bad(check, says, remedy)
}

/// The time when the table received the sample; `None` if the table does not have it or cannot be read.
pub(super) async fn received_at(store: &Store, provider: ProviderName) -> Option<Timestamp> {
    let found = store.timeline(provider, SAMPLE_MESSAGE).await.ok()?;
    found.events.iter().find(|stored| is_sample(&stored.key)).map(|stored| stored.received_at)
}
