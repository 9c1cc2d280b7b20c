//! The topics, and which events each takes.

use std::collections::BTreeMap;

use normalization::ses::{Flavour, Kind};
use normalization::{EventData, EventType};

/// A topic. docs/reference.md lists them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Topic {
    /// Every `email.bounced`.
    Bounces,
    /// Every `email.complained`.
    Complaints,
    /// Every `email.spam`.
    Spam,
    /// Every event that a sender has to act on, and every event that takes an earlier one back.
    Actions,
    /// Every event.
    Events,
    /// Bounces and complaints as the notifications of Amazon SES.
    SesNotifications,
    /// What is about one mail and one recipient, as the events of Amazon SES.
    SesEvents,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 7] = [
        Self::Bounces,
        Self::Complaints,
        Self::Spam,
        Self::Actions,
        Self::Events,
        Self::SesNotifications,
        Self::SesEvents,
    ];

    /// The name in messages and in the local stack.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounces => "bounces",
            Self::Complaints => "complaints",
            Self::Spam => "spam",
            Self::Actions => "actions",
            Self::Events => "events",
            Self::SesNotifications => "ses-notifications",
            Self::SesEvents => "ses-events",
        }
    }

    /// The environment variable with the ARN.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Bounces => "BOUNCES_TOPIC_ARN",
            Self::Complaints => "COMPLAINTS_TOPIC_ARN",
            Self::Spam => "SPAM_TOPIC_ARN",
            Self::Actions => "ACTIONS_TOPIC_ARN",
            Self::Events => "EVENTS_TOPIC_ARN",
            Self::SesNotifications => "SES_NOTIFICATIONS_TOPIC_ARN",
            Self::SesEvents => "SES_EVENTS_TOPIC_ARN",
        }
    }

    /// The output of the stack with the ARN, such as `BouncesTopicArn`.
    pub fn output(self) -> String {
        let words = self.name().split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        });
        words.chain(["TopicArn".to_owned()]).collect()
    }

    /// Whether a stack may lack the topic.
    pub fn is_optional(self) -> bool {
        !matches!(self, Self::Bounces | Self::Complaints | Self::Spam)
    }

    /// Whether a stack lacks the topic unless it is asked for.
    pub fn is_off_by_default(self) -> bool {
        self.is_optional() && self != Self::Actions
    }

    /// The form of the topic's messages, if they are documents of Amazon SES and not the events themselves.
    pub fn flavour(self) -> Option<Flavour> {
        match self {
            Self::SesNotifications => Some(Flavour::Notification),
            Self::SesEvents => Some(Flavour::Event),
            _ => None,
        }
    }

    /// Whether the event is announced on the topic.
    pub fn takes(self, data: &EventData) -> bool {
        match self {
            Self::Bounces => data.event_type == EventType::EmailBounced,
            Self::Complaints => data.event_type == EventType::EmailComplained,
            Self::Spam => data.event_type == EventType::EmailSpam,
            Self::Actions => data.is_actionable(),
            Self::Events => true,
            Self::SesNotifications => Kind::of(data, Flavour::Notification).is_some(),
            Self::SesEvents => Kind::of(data, Flavour::Event).is_some(),
        }
    }
}

/// The ARNs of the topics that exist.
#[derive(Clone, Debug, Default)]
pub struct Topics(BTreeMap<Topic, String>);

impl Topics {
    /// The ARN of a topic, if it exists.
    pub fn arn(&self, topic: Topic) -> Option<&str> {
        self.0.get(&topic).map(String::as_str)
    }

    /// The topics with their ARNs.
    pub fn iter(&self) -> impl Iterator<Item = (Topic, &str)> {
        self.0.iter().map(|(topic, arn)| (*topic, arn.as_str()))
    }

    /// The topics that take the event, with their ARNs.
    pub fn of(&self, data: &EventData) -> impl Iterator<Item = (Topic, &str)> {
        self.iter().filter(|(topic, _)| topic.takes(data))
    }
}

impl FromIterator<(Topic, String)> for Topics {
    fn from_iter<I: IntoIterator<Item = (Topic, String)>>(arns: I) -> Self {
        Self(arns.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use normalization::event::Complaint;
    use normalization::{Action, FeedbackType, ProviderName};

    use super::*;

    fn event(event_type: EventType, action: Action) -> EventData {
        EventData { action, ..EventData::new(ProviderName::Emailit, event_type) }
    }

    fn names(data: &EventData) -> Vec<&str> {
        Topic::ALL.iter().filter(|topic| topic.takes(data)).map(|topic| topic.name()).collect()
    }

    #[test]
    fn three_topics_depend_on_the_type_alone() {
        for event_type in EventType::ALL {
            let own = match event_type.as_str() {
                "email.bounced" => vec!["bounces"],
                "email.complained" => vec!["complaints"],
                "email.spam" => vec!["spam"],
                _ => vec![],
            };
            for action in Action::ALL {
                let event = event(*event_type, *action);
                let mut names = names(&event);
                names.retain(|name| !["actions", "events"].contains(name));
                assert_eq!(names, own, "{event_type} {action}");
            }
        }
    }

    #[test]
    fn actions_takes_every_action_and_what_takes_one_back() {
        for event_type in EventType::ALL {
            for action in Action::ALL {
                let takes_back = matches!(
                    event_type.as_str(),
                    "email.resubscribed" | "email.suppressed" | "suppression.created" | "suppression.deleted"
                );
                let expected = *action != Action::None || takes_back;
                let event = event(*event_type, *action);
                assert_eq!(Topic::Actions.takes(&event), expected, "{event_type} {action}");
                assert!(Topic::Events.takes(&event));
            }
        }
        let mut complaint = event(EventType::EmailComplained, Action::None);
        complaint.complaint = Some(Complaint { feedback_type: Some(FeedbackType::NotSpam) });
        assert_eq!(names(&complaint), ["complaints", "actions", "events"]);
    }
}
