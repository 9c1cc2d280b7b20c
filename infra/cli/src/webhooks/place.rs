//! What is remarkable about a webhook that is made or changed: where it posts, what else posts there, and what it
//! subscribes to.

use anyhow::Result;
use normalization::ProviderName;
use url::{Host, Url};

use super::Session;
use crate::output;
use crate::provider_api::{Api, Webhook};
use crate::provider_types::ProviderTypes;

/// Says what may be wrong with the types that it subscribes to, and with the URL.
pub(super) fn note(provider: ProviderName, url: Option<&Url>, types: &[String]) -> Result<()> {
    if let Some(url) = url {
        note_url(provider, url);
    }
    let words = ProviderTypes::of(provider)?;
    // Emailit's list grows, so it is no error. A star stands for the rest of a word there.
    for word in types.iter().filter(|word| !words.has(word)) {
        output::remark(&format!("warning: {provider} documents no type {word}; it has {}", words.list()));
    }
    Ok(())
}

fn note_url(provider: ProviderName, url: &Url) {
    if is_private(url) {
        output::remark(&format!(
            "warning: {provider} cannot reach {url}: that is this machine or its network; name the public address of a \
             tunnel"
        ));
    }
    let path = format!("/webhooks/{provider}");
    if !url.path().trim_end_matches('/').ends_with(&path) {
        output::remark(&format!("note: mailhooks receives at {path}, and this URL ends otherwise"));
    }
}

/// Says which other enabled webhooks post to the URL of this one.
pub(super) async fn note_others(session: &Session<'_>, api: &Api, made: &Webhook) {
    let Ok(url) = made.url().parse::<Url>() else {
        return;
    };
    let webhooks = match Webhook::list(api).await {
        Ok(webhooks) => webhooks,
        Err(error) => {
            output::remark(&format!("note: it is not known whether other webhooks post to {url}: {error:#}"));
            return;
        }
    };
    let others = webhooks.iter().filter(|webhook| {
        webhook.id() != made.id() && webhook.enabled() != Some(false) && webhook.posts_to(&url)
    });
    for id in others.filter_map(Webhook::id) {
        output::remark(&format!(
            "warning: {id} posts to {url} too, so each event comes twice, and is refused if their secrets are not both \
             kept: `{}` deletes it",
            session.command("delete", &[id])
        ));
    }
}

/// Whether only this machine or its network has the address.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let local = [".localhost", ".local", ".internal"];
            name == "localhost" || local.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_provider_reaches() {
        for (host, private) in [
            ("localhost", true),
            ("127.0.0.2:8787", true),
            ("[::1]", true),
            ("192.168.1.4", true),
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("169.254.169.254", true),
            ("[fd00::1]", true),
            ("laptop.local", true),
            ("localhost.example.com", false),
            ("tunnel.example.com", false),
            ("8.8.8.8", false),
            ("[2001:db8::1]", false),
        ] {
            let url = format!("https://{host}/webhooks/jasni").parse().unwrap();
            assert_eq!(is_private(&url), private, "{host}");
        }
    }
}
