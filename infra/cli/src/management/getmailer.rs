//! GetMailer documents no API for webhooks: <https://getmailer.co/docs/webhooks>.

/// What to do instead: the URL to enter, the place of the signing secret, and the command that tries it.
pub(crate) fn steps(url: &str, secret: &str, sample: &str) -> [String; 5] {
    [
        "In GetMailer's dashboard, under Webhooks, choose Add Webhook".to_owned(),
        format!("Enter {url}; it takes HTTPS only"),
        "Choose the events: all, or email.bounced and email.complained at least".to_owned(),
        format!("Note the signing secret when you save, and put it into {secret}"),
        format!("`{sample}` posts a sample there, signed with it"),
    ]
}
