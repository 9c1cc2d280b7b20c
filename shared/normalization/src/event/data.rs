//! The objects of an event: the mail, the bounce, the complaint and so on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{is_absent, optional_fields, truncate_field};
use super::vocabulary::{Attribution, BounceClass, BounceReason, FeedbackType, SuppressionCause};
use crate::truncate::{PUNCTUATION, Path, Truncate, Truncator, json_length, keep_while_small};

impl Truncate for Vec<Attachment> {
    fn truncate(&mut self, path: Path, truncator: &mut Truncator) {
        let whole = self.len();
        let mut inner = Truncator { truncated: Vec::new() };
        for attachment in self.iter_mut() {
            attachment.truncate("attachment", &mut inner);
        }
        let length = |text: &Option<String>| text.as_deref().map_or(0, json_length);
        // 64 bytes: the names of the members and the largest size.
        keep_while_small(self, |one| {
            length(&one.filename) + length(&one.content_type) + 2 * PUNCTUATION + 64
        });
        if !inner.truncated.is_empty() || self.len() < whole {
            truncator.note(path);
        }
    }
}

optional_fields! {
    /// The mail that an event is about. Addresses are bare; display names are only in the raw payload.
    Message {
        /// The provider's id of the mail. Jasni's is the Message-ID, or `<account>/<uid>` for a deleted mail.
        id: Option<String>,
        /// The Message-ID (RFC 5322), without angle brackets.
        message_id: Option<String>,
        /// The sender's address.
        from: Option<String> [address],
        /// The recipients' addresses.
        to: Vec<String> [addresses],
        /// The addresses in the Cc field.
        cc: Vec<String> [addresses],
        /// The subject line.
        subject: Option<String>,
        /// The tags that the sender gave to the mail.
        tags: Vec<String>,
        /// The metadata that the sender gave to the provider.
        metadata: Option<Map<String, Value>>,
    }
}

optional_fields! {
    /// Why a mail was not delivered.
    Bounce {
        /// Whether a retry can help.
        class: Option<BounceClass>,
        /// The reason for the failure.
        reason: Option<BounceReason>,
        /// Who is responsible for the failure.
        attribution: Option<Attribution>,
        /// The reply code (RFC 5321), such as 550.
        #[cfg_attr(feature = "schema", schemars(range(min = 200, max = 599)))]
        smtp_code: Option<u16>,
        /// The enhanced status code (RFC 3463), such as `5.1.1`.
        enhanced_code: Option<String>,
        /// The server's reply or the provider's explanation, as received.
        diagnostic: Option<String>,
        /// The mail exchanger that sent the reply.
        remote_mta: Option<String>,
    }
}

optional_fields! {
    /// A recipient's complaint.
    Complaint {
        /// The type of the complaint.
        feedback_type: Option<FeedbackType>,
    }
}

optional_fields! {
    /// An entry on a suppression list.
    Suppression {
        /// Why the entry was made.
        cause: Option<SuppressionCause>,
    }
}

optional_fields! {
    /// An open or a click.
    Engagement {
        /// The URL of the link that was followed.
        url: Option<String>,
        /// The IP address of the request.
        ip: Option<String>,
        /// The user agent of the request.
        user_agent: Option<String>,
        /// The mail program, as the provider names it.
        client: Option<String>,
        /// The country, as the provider names it.
        country: Option<String>,
    }
}

optional_fields! {
    /// The SMTP conversation with the other server.
    Delivery {
        /// The last reply of the other server.
        smtp_response: Option<String>,
        /// The mail exchanger.
        remote_mta: Option<String>,
        /// The host name of the other server, or its address if the provider gives that instead.
        remote_host: Option<String>,
        /// The IP address of the other server.
        remote_ip: Option<String>,
        /// The number of attempts or retries, as the provider counts them.
        retry_count: Option<u64>,
        /// When the provider will try again.
        next_attempt_at: Option<Timestamp>,
    }
}

optional_fields! {
    /// Details of incoming mail. Its text and HTML bodies are only in the raw payload.
    Inbound {
        /// The mail's number within its mailbox (IMAP UID).
        uid: Option<String>,
        /// The receiving domain.
        domain: Option<String>,
        /// The receiving mailbox.
        account: Option<String> [address],
        /// The folder that contains the mail.
        folder: Option<String>,
        /// The server that delivered the mail.
        remote_host: Option<String>,
        /// The IP address of that server.
        remote_ip: Option<String>,
        /// The attachments of the mail.
        attachments: Vec<Attachment>,
        /// The spam filter's score.
        spam_score: Option<f64>,
        /// The rules of the spam filter that led to the score.
        spam_rules: Vec<String>,
    }
}

optional_fields! {
    /// One attachment, without its content.
    Attachment {
        /// The file name.
        filename: Option<String>,
        /// The media type.
        content_type: Option<String>,
        /// The size in bytes.
        size: Option<u64>,
    }
}

optional_fields! {
    /// The verdict of the provider's filter on outgoing mail.
    ContentFilter {
        /// The spam score.
        score: Option<f64>,
        /// The rules that led to the score.
        rules: Vec<String>,
        /// The name of the virus.
        threat: Option<String>,
    }
}

optional_fields! {
    /// When scheduled mail will be sent.
    Schedule {
        /// The scheduled time.
        scheduled_at: Option<Timestamp>,
        /// The time zone that the sender chose (IANA name).
        timezone: Option<String>,
    }
}

optional_fields! {
    /// A contact of the account.
    Contact {
        /// The provider's id of the contact.
        id: Option<String>,
        /// The contact's address.
        address: Option<String> [address],
        /// First and last name.
        name: Option<String>,
        /// `subscribed` or `unsubscribed`, if the provider gives it.
        status: Option<String>,
        /// Why the contact was removed, in the provider's word.
        reason: Option<String>,
        /// The changes: each changed member with `{old, new}`.
        changes: Option<Map<String, Value>>,
    }
}

optional_fields! {
    /// A sending domain of the account.
    Domain {
        /// The provider's id of the domain.
        id: Option<String>,
        /// The name of the domain.
        name: Option<String>,
        /// The status of the domain, in the provider's word.
        status: Option<String>,
        /// The results of the DNS checks (`dkim`, `spf`, `dmarc`, `mx`), true if passed.
        records: Option<Map<String, Value>>,
        /// The changes: each changed member with `{old, new}`.
        changes: Option<Map<String, Value>>,
    }
}
