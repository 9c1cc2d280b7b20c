//! Emailit's suppression list: <https://emailit.com/docs/api-reference/suppressions>.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use normalization::suppression::Reason;
use normalization::{lookup_form, parse_time};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::output;
use crate::provider_api::{Api, Call};

/// Begins the reason of an entry that this command added there: such an entry is no evidence of Emailit's.
const OURS: &str = "mailhooks: ";

/// Most pages that are read, against a list that never ends: ten million addresses.
const MAX_PAGES: usize = 100_000;

/// An entry of the provider's list.
pub(super) struct Theirs {
    pub(super) id: String,
    /// The address in lookup form.
    pub(super) address: String,
    /// The provider's word for the cause.
    pub(super) cause: String,
    pub(super) since: Option<Timestamp>,
    /// Whether it ends.
    pub(super) is_temporary: bool,
    /// Whether this command added it.
    pub(super) is_ours: bool,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Listed>,
    next_page_url: Option<Value>,
}

/// The members of an entry that are read.
#[derive(Deserialize)]
struct Listed {
    id: String,
    email: String,
    #[serde(rename = "type", default)]
    cause: String,
    reason: Option<String>,
    timestamp: Option<String>,
    created_at: Option<String>,
    keep_until: Option<String>,
}

impl Listed {
    fn read(self) -> Theirs {
        let since = self.timestamp.or(self.created_at);
        Theirs {
            id: self.id,
            address: lookup_form(&self.email),
            cause: self.cause,
            since: since.as_deref().and_then(parse_time),
            is_temporary: self.keep_until.is_some(),
            is_ours: self.reason.is_some_and(|reason| reason.starts_with(OURS)),
        }
    }
}

/// Reads the whole list, 100 entries a call, which is the most.
pub(super) async fn list(api: &Api) -> Result<Vec<Theirs>> {
    let bar = output::progress(None, "addresses read from Emailit");
    let mut all = Vec::new();
    for number in 1..=MAX_PAGES {
        let call = Call::get(["suppressions"]).query("page", &number.to_string()).query("limit", "100");
        let answer = api.call(call).await.context("cannot read Emailit's suppression list")?;
        let page: Page =
            serde_json::from_value(answer).ok().context("Emailit's answer has no list of suppressions")?;
        bar.inc(page.data.len() as u64);
        let is_last = page.data.is_empty() || page.next_page_url.is_none_or(|url| url.is_null());
        all.extend(page.data.into_iter().map(Listed::read));
        if is_last {
            bar.finish_and_clear();
            return Ok(all);
        }
    }
    bail!("Emailit's suppression list has no end after {MAX_PAGES} pages")
}

/// Adds an address. The type is always `recipient`: with the type `bounce`, the event about this entry would come back as
/// evidence of Emailit's.
pub(super) async fn add(api: &Api, address: &str, reason: Reason, until: Option<Timestamp>) -> Result<()> {
    let body = json!({
        "email": address,
        "type": "recipient",
        "reason": format!("{OURS}{reason}"),
        "keep_until": until,
    });
    api.call(Call::post(["suppressions"], body)).await.context("cannot add an address at Emailit")?;
    Ok(())
}

/// Removes an entry.
pub(super) async fn remove(api: &Api, id: &str) -> Result<()> {
    let answer = api.call(Call::delete(["suppressions", id])).await;
    answer.context("cannot remove an address at Emailit").map(drop)
}
