//! GetMailer documents no API for webhooks: <https://getmailer.co/docs/webhooks>.

/// What to do instead: the URL to enter, the command that stores the signing secret, and the one that tries it.
pub(crate) fn steps(url: &str, store: &str, sample: &str) -> [String; 5] {
    [
        "In GetMailer's dashboard, under Webhooks, choose Add Webhook".to_owned(),
        format!("Enter {url}; it takes HTTPS only"),
        "Choose the events: all, or email.bounced and email.complained at least".to_owned(),
        format!("Copy the signing secret when you save: `{store}` asks for it and stores it"),
        format!("`{sample}` posts a sample there, signed with it"),
    ]
}
