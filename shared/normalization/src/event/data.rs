//! The objects of an event: what it says of the mail, the bounce, the complaint and so on.

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
        // 64: the names of the members and the largest size.
        keep_while_small(self, |one| {
            length(&one.filename) + length(&one.content_type) + 2 * PUNCTUATION + 64
        });
        if !inner.truncated.is_empty() || self.len() < whole {
            truncator.note(path);
        }
    }
}

optional_fields! {
    /// The mail that an event is about. Addresses are bare: display names stay in the raw payload.
    Message {
        /// The provider's id of the mail; at Jasni the Message-ID, and `<account>/<uid>` of a deleted one.
        id: Option<String>,
        /// The Message-ID of RFC 5322, without angle brackets.
        message_id: Option<String>,
        /// The sender's address.
        from: Option<String> [address],
        /// The recipients' addresses.
        to: Vec<String> [addresses],
        /// The addresses that got a copy.
        cc: Vec<String> [addresses],
        /// The subject line.
        subject: Option<String>,
        /// The sender's labels.
        tags: Vec<String>,
        /// The sender's own data, as it gave it to the provider.
        metadata: Option<Map<String, Value>>,
    }
}

optional_fields! {
    /// Why a mail was not delivered.
    Bounce {
        /// Whether trying again can help.
        class: Option<BounceClass>,
        /// Why.
        reason: Option<BounceReason>,
        /// At whose door the reason lies.
        attribution: Option<Attribution>,
        /// The reply code (RFC 5321), such as 550.
        #[cfg_attr(feature = "schema", schemars(range(min = 200, max = 599)))]
        smtp_code: Option<u16>,
        /// The enhanced status code (RFC 3463), such as `5.1.1`.
        enhanced_code: Option<String>,
        /// The reply or explanation, as given.
        diagnostic: Option<String>,
        /// The mail exchanger that said it.
        remote_mta: Option<String>,
    }
}

optional_fields! {
    /// A complaint of the recipient.
    Complaint {
        /// What it is about.
        feedback_type: Option<FeedbackType>,
    }
}

optional_fields! {
    /// A place on a suppression list.
    Suppression {
        /// How it came about.
        cause: Option<SuppressionCause>,
    }
}

optional_fields! {
    /// An open or a click.
    Engagement {
        /// The link that was followed.
        url: Option<String>,
        /// The address that the request came from.
        ip: Option<String>,
        /// The program that asked, by its own account.
        user_agent: Option<String>,
        /// The mail program, as the provider names it.
        client: Option<String>,
        /// The country, as the provider names it.
        country: Option<String>,
    }
}

optional_fields! {
    /// The conversation with the other server.
    Delivery {
        /// Its last reply.
        smtp_response: Option<String>,
        /// The mail exchanger.
        remote_mta: Option<String>,
        /// Its host name, or address where the provider gives that.
        remote_host: Option<String>,
        /// The address that goes with it.
        remote_ip: Option<String>,
        /// The provider's count of attempts or retries.
        retry_count: Option<u64>,
        /// When the provider tries again.
        next_attempt_at: Option<Timestamp>,
    }
}

optional_fields! {
    /// Incoming mail. Text and HTML bodies stay in the raw payload.
    Inbound {
        /// The mail's number within its mailbox (IMAP UID).
        uid: Option<String>,
        /// The receiving domain.
        domain: Option<String>,
        /// The receiving mailbox.
        account: Option<String> [address],
        /// The folder it lies in.
        folder: Option<String>,
        /// The server that brought it.
        remote_host: Option<String>,
        /// That server's address.
        remote_ip: Option<String>,
        /// What is attached.
        attachments: Vec<Attachment>,
        /// The spam filter's score.
        spam_score: Option<f64>,
        /// The rules that made it.
        spam_rules: Vec<String>,
    }
}

optional_fields! {
    /// One attachment, without its content.
    Attachment {
        /// Its name.
        filename: Option<String>,
        /// Its media type.
        content_type: Option<String>,
        /// Its size in bytes.
        size: Option<u64>,
    }
}

optional_fields! {
    /// What the provider's filter saw in outgoing mail.
    ContentFilter {
        /// The spam score.
        score: Option<f64>,
        /// The rules that made it.
        rules: Vec<String>,
        /// The name of the virus.
        threat: Option<String>,
    }
}

optional_fields! {
    /// When scheduled mail is due.
    Schedule {
        /// The moment.
        scheduled_at: Option<Timestamp>,
        /// The time zone that the sender chose (IANA name).
        timezone: Option<String>,
    }
}

optional_fields! {
    /// A contact of the account.
    Contact {
        /// The provider's id.
        id: Option<String>,
        /// The contact's address.
        address: Option<String> [address],
        /// First and last name.
        name: Option<String>,
        /// `subscribed` or `unsubscribed`, where the provider says.
        status: Option<String>,
        /// Why it was removed, in the provider's word.
        reason: Option<String>,
        /// What changed: member to `{old, new}`.
        changes: Option<Map<String, Value>>,
    }
}

optional_fields! {
    /// A sending domain of the account.
    Domain {
        /// The provider's id.
        id: Option<String>,
        /// The domain.
        name: Option<String>,
        /// The provider's word for how far it is.
        status: Option<String>,
        /// The checks that passed (`dkim`, `spf`, `dmarc`, `mx`).
        records: Option<Map<String, Value>>,
        /// What changed: member to `{old, new}`.
        changes: Option<Map<String, Value>>,
    }
}
