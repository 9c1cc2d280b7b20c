//! Describes the topics as an AsyncAPI document (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>).

use ingestion::notifier::{Topic, attributes, ses_message};
use normalization::schema::{add_titles, generator};
use normalization::ses::{Document, Flavour};
use normalization::{Action, BounceClass, BounceReason, Event, EventType, ProviderName};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// What a topic carries.
fn about(topic: Topic) -> &'static str {
    match topic {
        Topic::Bounces => "Deliveries that failed for good, or that the provider reports like that.",
        Topic::Complaints => "Recipients who called the mail spam.",
        Topic::Spam => "Outgoing mail that the provider's own filter stopped as spam.",
        Topic::Actions => {
            "Every event that a sender has to act on, and every event that takes an earlier one back or repeats it. On \
             unless the stack's parameter ActionsTopic is off."
        }
        Topic::Events => {
            "Every event, those of the other topics included. Off unless the stack's parameter EventsTopic is on."
        }
        Topic::SesNotifications => {
            "Bounces and complaints in the form of the notifications of Amazon SES. Off unless the stack's parameter \
             SesTopics is notifications or both."
        }
        Topic::SesEvents => {
            "What is about one mail and one recipient, in the form of the events of Amazon SES. Off unless the stack's \
             parameter SesTopics is events or both."
        }
    }
}

/// The newest version of the SNS bindings that the official parser accepts
/// (<https://github.com/asyncapi/bindings/tree/master/sns>).
const SNS_BINDING: &str = "0.1.0";

const DESCRIPTION: &str = "\
Webhooks of email providers as one stream of events, on SNS topics. An announcement can come more than once, and in any \
order: deduplicate on the `id` of the event. The headers are the message attributes, all of the type String, for filter \
policies. Without raw message delivery, what a queue or an endpoint gets is SNS's envelope, whose member `Message` is \
the event as a text.";

/// Builds the AsyncAPI document.
pub(super) fn document() -> Value {
    // AsyncAPI's schemas are based on draft 7 of JSON Schema and stored under this path.
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = generator(settings);
    let messages = each(|topic| message(topic, &mut generator));
    let mut schemas = generator.take_definitions(true);
    add_titles(&mut schemas);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "mailhooks",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "defaultContentType": "application/json",
        "servers": {
            "sns": {
                "host": "sns.{region}.amazonaws.com",
                "protocol": "sns",
                "description": "Amazon SNS, in the region of the stack.",
                "variables": {"region": {"description": "The region, such as eu-central-1."}},
            },
        },
        "channels": each(|topic| json!({
            // The ARN, which is known once the stack is deployed.
            "address": null,
            "title": topic.name(),
            "description": format!("{} Its ARN is the output {} of the stack.", about(topic), topic.output()),
            "messages": {topic.name(): reference("/components/messages", topic)},
            "bindings": {"sns": {"name": topic.name(), "bindingVersion": SNS_BINDING}},
        })),
        "operations": each(|topic| json!({
            "action": "send",
            "channel": reference("/channels", topic),
            "summary": about(topic),
        })),
        "components": {"messages": messages, "schemas": schemas},
    })
}

fn each(mut what: impl FnMut(Topic) -> Value) -> Map<String, Value> {
    Topic::ALL.into_iter().map(|topic| (topic.name().to_owned(), what(topic))).collect()
}

fn reference(place: &str, topic: Topic) -> Value {
    json!({"$ref": format!("#{place}/{}", topic.name())})
}

fn message(topic: Topic, generator: &mut SchemaGenerator) -> Value {
    let payload = match (topic.flavour(), only_type(topic)) {
        (None, None) => generator.subschema_for::<Event>().to_value(),
        (None, Some(only)) => {
            let event = generator.subschema_for::<Event>();
            json!({"allOf": [event, {"properties": {"data": {"properties": {"type": {"const": only}}}}}]})
        }
        (Some(flavour), _) => {
            let member = match flavour {
                Flavour::Notification => "notificationType",
                Flavour::Event => "eventType",
            };
            json!({"allOf": [generator.subschema_for::<Document>(), {"required": [member]}]})
        }
    };
    json!({
        "name": topic.name(),
        "title": topic.name(),
        "summary": about(topic),
        "contentType": "application/json",
        "headers": headers(topic, generator),
        "payload": payload,
        "examples": [example(topic)],
    })
}

/// An announcement on the topic, from the fixtures.
fn example(topic: Topic) -> Value {
    let events = match topic {
        Topic::Bounces | Topic::SesNotifications | Topic::SesEvents => {
            include_str!("../../../../fixtures/jasni/accepted/email-bounced.json")
        }
        Topic::Complaints => include_str!("../../../../fixtures/emailit/accepted/email-complained.json"),
        Topic::Spam => include_str!("../../../../fixtures/jetemail/accepted/outbound-spam.json"),
        Topic::Actions => include_str!("../../../../fixtures/getmailer/accepted/email-unsubscribed.json"),
        Topic::Events => include_str!("../../../../fixtures/emailit/accepted/email-delivered.json"),
    };
    let [event]: [Event; 1] = serde_json::from_str(events).expect("the tests parse the fixtures");
    let headers: Map<_, _> =
        attributes(&event).map(|(name, value)| (name.to_owned(), value.into())).collect();
    let document = topic.flavour().and_then(|flavour| ses_message(&event, flavour));
    let payload = match document {
        Some(document) => serde_json::from_str(&document).expect("a document is JSON"),
        None => json!(event),
    };
    json!({"name": event.data.event_type, "headers": headers, "payload": payload})
}

/// The type of all events of a topic that is for one type.
fn only_type(topic: Topic) -> Option<EventType> {
    match topic {
        Topic::Bounces => Some(EventType::EmailBounced),
        Topic::Complaints => Some(EventType::EmailComplained),
        Topic::Spam => Some(EventType::EmailSpam),
        Topic::Actions | Topic::Events | Topic::SesNotifications | Topic::SesEvents => None,
    }
}

/// The attributes that the notifier gives a message.
fn headers(topic: Topic, generator: &mut SchemaGenerator) -> Value {
    let event_type = match only_type(topic) {
        None => generator.subschema_for::<EventType>().to_value(),
        Some(only) => json!({"type": "string", "const": only}),
    };
    let recipient_domain = json!({
        "description": "The domain of the recipient, in lower case and A-labels (`xn--`), where the event has one.",
        "type": "string",
    });
    let provider = generator.subschema_for::<ProviderName>().to_value();
    let action = generator.subschema_for::<Action>().to_value();
    let class = generator.subschema_for::<BounceClass>().to_value();
    let reason = generator.subschema_for::<BounceReason>().to_value();
    let all_bounced = topic == Topic::Bounces;
    let some_bounced = all_bounced || only_type(topic).is_none();
    // Each with whether a message can have it, and whether it always does.
    let headers = [
        ("type", event_type, true, true),
        ("provider", provider, true, true),
        ("action", action, true, true),
        ("recipient_domain", recipient_domain, true, false),
        ("bounce_class", class, some_bounced, all_bounced),
        ("bounce_reason", reason, some_bounced, all_bounced),
    ];
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema, possible, always) in headers {
        if possible {
            properties.insert(name.to_owned(), schema);
        }
        if always {
            required.push(name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required})
}
