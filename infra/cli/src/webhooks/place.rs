//! Warnings about a webhook that is created or changed: about its URL, its event types, and other webhooks that post to
//! the same URL.

use anyhow::Result;
use normalization::ProviderName;
use url::{Host, Url};

use super::Session;
use crate::output;
use crate::provider_api::{Api, Webhook, is_receiver_path};
use crate::provider_types::ProviderTypes;

/// Warns about unknown event types and a URL that may be wrong.
pub(super) fn note(provider: ProviderName, url: Option<&Url>, types: &[String]) -> Result<()> {
    if let Some(url) = url {
        note_url(provider, url);
    }
    let words = ProviderTypes::of(provider)?;
    // A warning rather than an error, because Emailit's list grows. A star is a wildcard there.
    for word in types.iter().filter(|word| !words.has(word)) {
        output::remark(&format!(
            "warning: {provider} documents no type {word}; its types are {}",
            words.list()
        ));
    }
    Ok(())
}

fn note_url(provider: ProviderName, url: &Url) {
    if is_private(url) {
        output::remark(&format!(
            "warning: {provider} cannot reach {url}, an address of this machine or its network: use the public URL of a \
             tunnel"
        ));
    }
    if !is_receiver_path(url, provider) {
        output::remark(&format!(
            "note: the path of this URL is not that of the receiver, such as /webhooks/{provider}"
        ));
    }
}

/// Warns about other enabled webhooks that post to the same URL.
pub(super) async fn note_others(session: &Session<'_>, api: &Api, made: &Webhook) {
    let Ok(url) = made.url().parse::<Url>() else {
        return;
    };
    let webhooks = match Webhook::list(api).await {
        Ok(webhooks) => webhooks,
        Err(error) => {
            output::remark(&format!("note: cannot check whether other webhooks post to {url}: {error:#}"));
            return;
        }
    };
    let others = webhooks.iter().filter(|webhook| {
        webhook.id() != made.id() && webhook.enabled() != Some(false) && webhook.posts_to(&url)
    });
    for id in others.filter_map(Webhook::id) {
        output::remark(&format!(
            "warning: {id} posts to {url} too, so each event comes twice and is rejected unless both secrets are stored: \
             `{}` deletes it",
            session.command("delete", &[id])
        ));
    }
}

/// Whether the host is this machine or a private address, which a provider cannot reach.
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
