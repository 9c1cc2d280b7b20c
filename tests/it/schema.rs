//! The output of `mailhooks schema`, checked with a third-party validator: it describes every announced event and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, slice};

use ingestion::notifier::Topic;
use mailhooks_tests::schema::Schema;
use mailhooks_tests::testbed::request_of;
use mailhooks_tests::tool::{lines, run, stdout};
use mailhooks_tests::{Testbed, files};
use normalization::{Event, ProviderName};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The tool's output, which is the same for people and for programs.
fn printed(arguments: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), arguments);
    assert!(output.status.success(), "{output:?}");
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(lines(folder.path(), arguments), slice::from_ref(&document));
    document
}

/// The events that the fixtures expect, each with the file that it is in.
fn expected() -> Vec<(String, Value)> {
    let mut events = Vec::new();
    for provider in ProviderName::ALL {
        for file in files::with_ending(&files::fixtures(*provider).join("accepted"), "json") {
            let all: Vec<Value> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            events.extend(all.into_iter().map(|event| (file.display().to_string(), event)));
        }
    }
    events
}

/// The same schema with unknown members forbidden.
fn closed(mut schema: Value, definitions: &str) -> Value {
    let close = |schema: &mut Value| {
        if schema.get("properties").is_some() {
            schema["additionalProperties"] = false.into();
        }
    };
    close(&mut schema);
    schema.pointer_mut(definitions).unwrap().as_object_mut().unwrap().values_mut().for_each(close);
    schema
}

#[test]
fn every_event_is_as_described_and_every_member_of_it_is_described() {
    let document = printed(&["schema"]);
    assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let schema = Schema::new(document.clone());
    let closed = Schema::new(closed(document, "/$defs"));
    let events = expected();
    assert!(events.len() > 100);
    for (file, event) in events {
        assert_eq!(schema.refusal(&event), None, "{file}");
        assert_eq!(closed.refusal(&event), None, "{file}");
    }
}

/// Collects each member that a schema describes, and each word of a closed vocabulary.
fn described(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        found.push((format!("{path}.{name}"), member.clone()));
    }
    let words = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    for word in words.filter(|word| word.get("const").is_some()) {
        found.push((format!("{path} {}", word["const"]), word.clone()));
    }
}

#[test]
fn every_member_and_word_has_a_description() {
    for arguments in [&["schema"][..], &["schema", "--ses"]] {
        check_descriptions(&printed(arguments));
    }
}

fn check_descriptions(document: &Value) {
    let mut found = Vec::new();
    described(document, "document", &mut found);
    for (name, part) in document["$defs"].as_object().unwrap() {
        assert_eq!(&part["title"], name);
        found.push((name.clone(), part.clone()));
        described(part, name, &mut found);
        // The words of an open vocabulary have their meaning in its description.
        for word in part["oneOf"][0]["enum"].as_array().into_iter().flatten() {
            let entry = format!(" `{}`: ", word.as_str().unwrap());
            assert_eq!(part["description"].as_str().unwrap().matches(&entry).count(), 1, "{name} {word}");
        }
    }
    assert!(found.len() > 70, "{}", found.len());
    for (path, part) in found {
        let description = part["description"].as_str().unwrap_or_default();
        assert!(description.ends_with(['.', ')']), "{path}: {description}");
        assert!(!description.contains('\n'), "{path}: {description}");
    }
}

/// The hard bounce that README.md shows.
fn bounce() -> Value {
    let file = files::fixtures(ProviderName::Jasni).join("accepted/email-bounced.json");
    let events: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    events[0].clone()
}

/// The event with another value at this path, or without the member.
fn with(mut event: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    event
}

#[test]
fn what_is_no_event_is_not_as_described() {
    let schema = Schema::new(printed(&["schema"]));
    assert_eq!(schema.refusal(&bounce()), None);
    let changes = [
        ("/id", None),
        ("/id", Some(json!(1))),
        ("/specversion", Some(json!("2.0"))),
        ("/time", Some(json!("yesterday"))),
        ("/time", Some(json!(1_705_314_600))),
        ("/subject", Some(Value::Null)),
        ("/datacontenttype", Some(json!("text/plain"))),
        ("/data", None),
        ("/data/type", None),
        ("/data/type", Some(json!(1))),
        ("/data/action", Some(json!("panic"))),
        ("/data/recipient", Some(Value::Null)),
        ("/data/recipient", Some(json!(["person@example.com"]))),
        ("/data/complaint", Some(Value::Null)),
        ("/data/message/to", Some(json!([]))),
        ("/data/message/to", Some(json!("person@example.com"))),
        ("/data/message/metadata", Some(json!("none"))),
        ("/data/bounce/smtp_code", Some(json!("550"))),
        ("/data/bounce/smtp_code", Some(json!(5))),
        ("/data/bounce/class", Some(json!("perhaps"))),
    ];
    for (pointer, value) in changes {
        assert!(schema.refusal(&with(bounce(), pointer, value.clone())).is_some(), "{pointer} {value:?}");
    }
}

/// What a later version may change: new members anywhere, and new words of open vocabularies.
#[test]
fn the_schema_accepts_the_events_of_a_later_version() {
    let schema = Schema::new(printed(&["schema"]));
    for pointer in ["/dataschema", "/data/novelty", "/data/bounce/novelty"] {
        let event = with(bounce(), pointer, Some(json!({"anything": null})));
        assert_eq!(schema.refusal(&event), None, "{pointer}");
    }
    for pointer in [
        "/source",
        "/type",
        "/data/provider",
        "/data/provider_type",
        "/data/type",
        "/data/bounce/reason",
        "/data/bounce/attribution",
    ] {
        let event = with(bounce(), pointer, Some(json!("novelty")));
        assert_eq!(schema.refusal(&event), None, "{pointer}");
    }
    let suppressed = with(bounce(), "/data/suppression", Some(json!({"cause": "novelty"})));
    assert_eq!(schema.refusal(&suppressed), None);
}

#[test]
fn the_schema_has_an_identifier_and_an_example() {
    let document = printed(&["schema"]);
    assert_eq!(document["$id"], "urn:mailhooks:event:1");
    assert_eq!(document["examples"], json!([bounce()]));
    let text = document.to_string();
    assert!(!text.contains(r#""if":"#) && !text.contains(r#""then":"#));
}

#[test]
fn the_crate_reads_the_events_that_it_writes() {
    for (file, event) in expected() {
        let read: Event =
            serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(json!(read), event, "{file}");
    }
    let of_two = with(bounce(), "/specversion", Some(json!("2.0")));
    let error = serde_json::from_value::<Event>(of_two).unwrap_err();
    assert_eq!(error.to_string(), "specversion is not 1.0");
}

/// The schemas of a topic in the AsyncAPI document: of the attributes, and of the message.
fn of_topic(document: &Value, topic: &str) -> (Schema, Schema) {
    let message = &document["channels"][topic]["messages"][topic]["$ref"];
    let message = message.as_str().unwrap().strip_prefix('#').unwrap();
    let mut document = closed(document.clone(), "/components/schemas");
    document.pointer_mut(message).unwrap()["headers"]["additionalProperties"] = false.into();
    (
        Schema::at(&format!("{message}/headers"), document.clone()),
        Schema::at(&format!("{message}/payload"), document),
    )
}

#[test]
fn the_document_of_the_topics_has_each_of_them() {
    let document = printed(&["schema", "--asyncapi"]);
    assert_eq!(document["asyncapi"], "3.0.0");
    let mut topics = Topic::ALL.map(Topic::name);
    topics.sort_unstable();
    let channels = document["channels"].as_object().unwrap();
    assert!(channels.keys().eq(topics.iter()), "{channels:?}");
    let operations = document["operations"].as_object().unwrap();
    let mut sent_to: Vec<&str> =
        operations.values().map(|operation| operation["channel"]["$ref"].as_str().unwrap()).collect();
    sent_to.sort_unstable();
    assert_eq!(sent_to, topics.map(|topic| format!("#/channels/{topic}")));
    let template = fs::read_to_string(files::root().join("template.yaml")).unwrap();
    for channel in channels.values() {
        let output = channel["description"].as_str().unwrap().split("the output ").nth(1).unwrap();
        let output = output.split(' ').next().unwrap();
        assert!(template.contains(&format!("\n  {output}:\n")), "{output}");
    }
}

#[tokio::test]
async fn every_announcement_and_its_attributes_are_as_described() {
    let document = printed(&["schema", "--asyncapi"]);
    let schemas: BTreeMap<&str, (Schema, Schema)> =
        Topic::ALL.iter().map(|topic| (topic.name(), of_topic(&document, topic.name()))).collect();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for provider in ProviderName::ALL.iter().copied() {
        let fixtures: Vec<_> = files::all_accepted(provider).collect();
        let testbed = Testbed::start(fixtures[0].now).await.announcing_all();
        for fixture in fixtures {
            testbed.set_clock(fixture.now);
            let response = testbed.receive(provider, request_of(&fixture)).await;
            assert_eq!(response.status(), 200, "{provider} {}", fixture.name);
        }
        for announcement in testbed.announcements() {
            let (headers, payload) = &schemas[announcement.topic.as_str()];
            let id = announcement.event_id();
            assert_eq!(headers.refusal(&json!(announcement.attributes)), None, "{id}");
            assert_eq!(payload.refusal(&announcement.message), None, "{id}");
            seen.entry(announcement.topic).or_default().extend(announcement.attributes.into_keys());
        }
    }
    // Of each topic there was something, and of each attribute that it may have.
    for topic in Topic::ALL.map(Topic::name) {
        let headers = &document["components"]["messages"][topic]["headers"]["properties"];
        assert!(headers.as_object().unwrap().keys().eq(&seen[topic]), "{topic}: {:?}", seen[topic]);
    }
}

#[test]
fn what_a_topic_does_not_carry_is_not_as_described() {
    let document = printed(&["schema", "--asyncapi"]);
    let attributes = json!({
        "type": "email.bounced",
        "provider": "jasni",
        "action": "suppress",
        "recipient_domain": "example.com",
        "bounce_class": "permanent",
        "bounce_reason": "user_unknown",
    });
    for topic in Topic::ALL.map(Topic::name) {
        let (headers, payload) = of_topic(&document, topic);
        let takes_bounces = !["complaints", "spam"].contains(&topic);
        assert_eq!(headers.refusal(&attributes).is_none(), takes_bounces);
        assert_eq!(payload.refusal(&bounce()).is_none(), takes_bounces && !topic.starts_with("ses-"));
        let odd = with(attributes.clone(), "/action", Some(json!("panic")));
        assert!(headers.refusal(&odd).is_some(), "{topic}");
        assert!(payload.refusal(&with(bounce(), "/data/action", Some(json!("panic")))).is_some(), "{topic}");
    }
    let (headers, _) = of_topic(&document, "bounces");
    for name in ["type", "provider", "action", "bounce_class", "bounce_reason"] {
        assert!(headers.refusal(&with(attributes.clone(), &format!("/{name}"), None)).is_some(), "{name}");
    }
}
