//! The result of the last mail to an address.

use jiff::Timestamp;
use mailhooks_local::summary;
use normalization::state::weight;
use normalization::{Event, EventData, EventType};
use serde_json::{Value, json};

use crate::output::moment;

/// The last event about mail to an address, and the last delivery.
pub(super) struct LastMail<'a> {
    last: &'a Event,
    /// When the mail was deferred first, if it is deferred.
    deferred_since: Option<Timestamp>,
    delivered: Option<Timestamp>,
}

impl<'a> LastMail<'a> {
    /// Finds it in the events about an address; `None` if no mail to it is known.
    pub(super) fn find(events: &'a [Event]) -> Option<Self> {
        let last = events.iter().filter(|event| is_outcome(event)).max_by_key(|event| order(event))?;
        let delivered = events.iter().filter(|event| event.data.event_type == EventType::EmailDelivered);
        let of_same_mail = |event: &&Event| {
            event.data.event_type == EventType::EmailDeferred && message_id(event) == message_id(last)
        };
        let is_deferred = last.data.event_type == EventType::EmailDeferred;
        Some(Self {
            last,
            deferred_since: events
                .iter()
                .filter(of_same_mail)
                .map(|event| event.time)
                .min()
                .filter(|_| is_deferred),
            delivered: delivered.map(|event| event.time).max(),
        })
    }

    /// A clause such as "the last mail to it was delivered on …". `said` is the id of an event that was described before.
    pub(super) fn clause(&self, said: Option<&str>) -> String {
        let is_said = said == Some(self.last.id.as_str());
        let result =
            (!is_said).then(|| format!("the last mail to it {}, by {}", self.result(), self.last.id));
        let delivered = match self.delivered {
            _ if self.last.data.event_type == EventType::EmailDelivered => None,
            Some(time) => Some(format!("the last delivery was on {}", moment(time))),
            None => Some("no delivery to it is recorded".to_owned()),
        };
        result.into_iter().chain(delivered).collect::<Vec<_>>().join("; ")
    }

    /// The result of the mail.
    fn result(&self) -> String {
        let Event { time, data, .. } = self.last;
        let (provider, why, on) = (data.provider, why(data), moment(*time));
        match data.event_type {
            EventType::EmailDelivered => format!("was delivered on {on}"),
            EventType::EmailSuppressed => {
                format!("was not sent: {provider} has it on its suppression list{why}, on {on}")
            }
            EventType::EmailHeld => {
                format!(
                    "is held (for example for lack of credits: see the dashboard of {provider}) since {on}"
                )
            }
            EventType::EmailDeferred => {
                let since = moment(self.deferred_since.unwrap_or(*time));
                format!("is deferred{why} since {since}")
            }
            EventType::EmailBounced => format!("bounced{why} on {on}"),
            EventType::EmailFailed => format!("was not sent: {provider} failed{why} on {on}"),
            EventType::EmailRejected | EventType::EmailSpam => {
                format!("was not sent: {provider} refused it{why} on {on}")
            }
            EventType::EmailCanceled => format!("was canceled on {on}"),
            EventType::EmailScheduled => format!("was scheduled{why} on {on}"),
            _ => format!("was taken by {provider}, with no report since, on {on}"),
        }
    }

    /// The same for programs.
    pub(super) fn object(&self) -> Value {
        let Event { id, time, data, .. } = self.last;
        json!({"type": data.event_type, "time": time, "id": id, "provider": data.provider})
    }

    /// When mail to the address was delivered last.
    pub(super) fn delivered(&self) -> Option<Timestamp> {
        self.delivered
    }
}

/// The reason that the event gives, in parentheses; empty if it gives none.
fn why(data: &EventData) -> String {
    let gives_one = data.bounce.is_some() || data.suppression.is_some() || data.schedule.is_some();
    if gives_one { format!(" ({})", summary::detail(data)) } else { String::new() }
}

fn message_id(event: &Event) -> Option<&str> {
    event.data.message.as_ref()?.id.as_deref()
}

/// Events of one mail may have the same time: then the one that says most about its end is the last.
fn order(event: &Event) -> (Timestamp, u8, &str) {
    (event.time, weight(event), &event.id)
}

fn is_outcome(event: &Event) -> bool {
    use EventType as Type;
    let others = [
        Type::EmailOpened,
        Type::EmailClicked,
        Type::EmailComplained,
        Type::EmailUnsubscribed,
        Type::EmailResubscribed,
    ];
    event.data.event_type.is_outgoing() && !others.contains(&event.data.event_type)
}
