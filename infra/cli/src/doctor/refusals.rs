//! Reports the webhooks that a running local stack rejected.

use anyhow::{Context, Result, ensure};
use mailhooks_local::{Endpoints, Refusals, cookie_of, http};
use normalization::ProviderName;
use url::Url;

use super::report::Report;
use crate::output;

/// Asks the running stack for its rejections. Warns and returns `None` if it does not answer.
pub(super) async fn of(stack: &Endpoints, report: &mut Report<'_>) -> Result<Option<Refusals>> {
    match ask(stack).await {
        Ok(refusals) => Ok(Some(refusals)),
        Err(error) => {
            let remedy = "stop it, and start it with this version";
            report.warning(("refused", ""), format!("{error:#}"), remedy)?;
            Ok(None)
        }
    }
}

async fn ask(stack: &Endpoints) -> Result<Refusals> {
    let url: Url = format!("{}/page/api/refusals", stack.receiver).parse()?;
    let cookie = cookie_of(&stack.page.parse()?).context("its page has no token")?;
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = http::agent(&url).get(url.as_str()).header("cookie", cookie).call()?;
        let status = answer.status();
        ensure!(status.is_success(), "it answers {status}");
        Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
    });
    answer.await?.context("the running stack does not answer")
}

/// Reports whether webhooks of this provider were rejected.
pub(super) fn check(provider: ProviderName, refusals: &Refusals, report: &mut Report<'_>) -> Result<()> {
    let check = ("refused", provider.as_str());
    let Some(refused) = refusals.get(&provider) else {
        return report.good(check, "every signature was valid since it started");
    };
    let says = format!(
        "webhooks rejected since it started: {}, the last at {}: {}",
        refused.number,
        output::moment(refused.last),
        refused.reason
    );
    report.warning(check, says, &refused.advice)
}
