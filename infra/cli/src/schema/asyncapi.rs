//! Describes the topics as an AsyncAPI document (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>).

use ingestion::notifier::Topics;
use normalization::schema::generator;
use normalization::{Action, BounceClass, BounceReason, Event, EventType, ProviderName};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// A topic, which AsyncAPI calls a channel.
struct Channel {
    name: &'static str,
    /// The name in the operation, and in the output of the stack.
    title: &'static str,
    about: &'static str,
}

const CHANNELS: [Channel; 4] = [
    Channel {
        name: "bounces",
        title: "Bounces",
        about: "Deliveries that failed for good, or that the provider reports like that.",
    },
    Channel { name: "complaints", title: "Complaints", about: "Recipients who called the mail spam." },
    Channel {
        name: "spam",
        title: "Spam",
        about: "Outgoing mail that the provider's own filter stopped as spam.",
    },
    Channel {
        name: "events",
        title: "Events",
        about: "Every event, those of the other topics included. Off unless the stack's parameter EventsTopic is on.",
    },
];

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
    let messages = each(|channel| message(channel, &mut generator));
    let schemas = generator.take_definitions(true);
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
        "channels": each(|channel| json!({
            // The ARN is not known until the stack is deployed.
            "address": null,
            "title": channel.title,
            "description": format!("{} Its ARN is the output {}TopicArn of the stack.", channel.about, channel.title),
            "messages": {channel.name: reference("/components/messages", channel.name)},
        })),
        "operations": CHANNELS.iter().map(|channel| (format!("announce{}", channel.title), json!({
            "action": "send",
            "channel": reference("/channels", channel.name),
            "summary": channel.about,
        }))).collect::<Map<_, _>>(),
        "components": {"messages": messages, "schemas": schemas},
    })
}

fn each(mut what: impl FnMut(&Channel) -> Value) -> Map<String, Value> {
    CHANNELS.iter().map(|channel| (channel.name.to_owned(), what(channel))).collect()
}

fn reference(place: &str, name: &str) -> Value {
    json!({"$ref": format!("#{place}/{name}")})
}

/// The message of a topic: its attributes and its payload.
fn message(channel: &Channel, generator: &mut SchemaGenerator) -> Value {
    let types = types_on(channel.name);
    let event = generator.subschema_for::<Event>();
    let payload = if types.len() == EventType::ALL.len() {
        event.to_value()
    } else {
        let data = json!({"properties": {"type": {"enum": types}}});
        json!({"allOf": [event, {"properties": {"data": data}}]})
    };
    json!({
        "name": channel.name,
        "title": channel.title,
        "summary": channel.about,
        "contentType": "application/json",
        "headers": headers(&types, generator),
        "payload": payload,
    })
}

/// The types of the events that are announced on this topic.
fn types_on(topic: &str) -> Vec<EventType> {
    let [bounces, complaints, spam, events] = CHANNELS.map(|channel| channel.name.to_owned());
    let topics = Topics { bounces, complaints, spam, events: Some(events) };
    let types = EventType::ALL.iter().copied();
    types.filter(|event_type| topics.of(*event_type).any(|name| name == topic)).collect()
}

/// The schema of the message attributes that the notifier sets.
fn headers(types: &[EventType], generator: &mut SchemaGenerator) -> Value {
    let event_type = json!({
        "description": "What happened: the `type` in the event's `data`, which has no prefix.",
        "type": "string",
        "enum": types,
    });
    let recipient_domain = json!({
        "description": "The domain of the recipient, in lower case and A-labels (`xn--`), where the event has one.",
        "type": "string",
    });
    let provider = generator.subschema_for::<ProviderName>().to_value();
    let action = generator.subschema_for::<Action>().to_value();
    let class = generator.subschema_for::<BounceClass>().to_value();
    let reason = generator.subschema_for::<BounceReason>().to_value();
    let some_bounced = types.contains(&EventType::EmailBounced);
    let all_bounced = types == [EventType::EmailBounced];
    // Each attribute, whether a message on this topic can have it, and whether every message has it.
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
