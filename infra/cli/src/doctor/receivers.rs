//! Checks that the receivers answer and reject unsigned requests.

use anyhow::Result;
use ingestion::clock;
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::{PROBE, http, signing};
use normalization::{ProviderName, SIGNED_TIMESTAMP_TOLERANCE_SECONDS};
use url::Url;

use super::report::Report;
use crate::provider_api::without_path_secret;

/// The body of the unsigned request.
const BODY: &[u8] = b"{}";

/// Posts a webhook without a signature. Returns the receiver's time from the `date` header, if the answer has one.
pub(super) async fn check(
    provider: ProviderName,
    url: &Url,
    logs: &str,
    report: &mut Report<'_>,
) -> Result<Option<Timestamp>> {
    let check = ("endpoint", provider.as_str());
    let headers = vec![("user-agent", PROBE.to_owned())];
    let answer = match http::post(url, headers, BODY.to_vec()).await {
        Ok(answer) => answer,
        Err(error) => {
            let remedy = "check the network, and that the stack still exists";
            let says = format!("{error:#}").replace(url.as_str(), &without_path_secret(url.as_str()));
            report.bad(check, says, remedy)?;
            return Ok(None);
        }
    };
    let status = answer.status;
    let url = without_path_secret(url.as_str());
    if status == signing::refusal(provider) {
        let mut says = format!("{url} rejects unsigned requests ({status})");
        if status == 503 {
            says.push_str(", as it would without a secret: use --post to tell the two apart");
        }
        report.good(check, says)?;
    } else if answer.is_good() {
        let says = format!("{url} answers {status} to an unsigned request: it is not a mailhooks receiver");
        report.bad(check, says, "check what is deployed there before a provider posts to it")?;
    } else if status == 503 {
        let says = format!("{url} answers 503: it has no signing secret, or cannot read it");
        report.bad(check, says, format!("set the secret; {logs} has the reason"))?;
    } else {
        let says = format!("{url} answers {status}");
        report.bad(check, says, format!("check {logs}, and that this is the URL of the stack"))?;
    }
    Ok(answer.date)
}

/// Compares the clocks. The receivers reject webhooks whose signed timestamp is too far from their own time.
pub(super) fn clock(there: Timestamp, report: &mut Report<'_>) -> Result<()> {
    let check = ("clock", "");
    let off = clock::now().duration_since(there).abs();
    let tolerance = i64::try_from(SIGNED_TIMESTAMP_TOLERANCE_SECONDS).unwrap_or(i64::MAX);
    let says = format!("this machine's clock and the receivers' differ by {} s", off.as_secs());
    if off > SignedDuration::from_secs(tolerance) {
        let remedy = "correct this machine's clock: its signed timestamps are rejected";
        return report.bad(check, says, remedy);
    }
    report.good(check, says)
}
