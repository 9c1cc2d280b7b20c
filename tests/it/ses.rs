//! The documents of Amazon SES that are made of events.

use ingestion::notifier::Topic;
use mailhooks_tests::schema::Schema;
use mailhooks_tests::testbed::request_of;
use mailhooks_tests::tool::{Dev, Folder, run, stdout};
use mailhooks_tests::{Testbed, corpus, files, promises};
use normalization::ses::{Flavour, Kind, document};
use normalization::{Event, ProviderName};
use serde_json::{Value, json};

fn rendered(event: &Event, flavour: Flavour) -> Option<Value> {
    document(event, flavour).map(|document| serde_json::to_value(document).unwrap())
}

/// The events of an accepted fixture.
fn of_fixture(provider: ProviderName, name: &str) -> Vec<Event> {
    files::with_records(&files::accepted(provider, name), |records| {
        records.iter().map(|record| record.event.clone()).collect()
    })
}

/// The document of a fixture with one event.
fn of_event(provider: ProviderName, name: &str) -> Value {
    rendered(&of_fixture(provider, name)[0], Flavour::Event).unwrap()
}

#[test]
fn real_replies_stop_mail_exactly_when_the_action_is_suppress() {
    let bounces = corpus::bounces();
    let stopped = bounces.iter().filter(|(_, event)| promises::check_documents(event)).count();
    assert!(bounces.len() > 1_500 && (300..1_000).contains(&stopped), "{stopped} of {}", bounces.len());
}

#[test]
fn the_documents_of_the_fixtures_are_as_described() {
    let schema = Schema::new(normalization::ses::schema::document().to_value());
    let mut seen = Vec::new();
    for provider in ProviderName::ALL.iter().copied() {
        for fixture in files::all_accepted(provider) {
            for event in of_fixture(provider, &fixture.name) {
                promises::check_documents(&event);
                for flavour in [Flavour::Notification, Flavour::Event] {
                    let Some(document) = rendered(&event, flavour) else { continue };
                    assert_eq!(schema.refusal(&document), None, "{provider} {}", fixture.name);
                    seen.extend(Kind::of(&event.data, flavour));
                }
            }
        }
    }
    for kind in [Kind::Bounce, Kind::Complaint, Kind::Send, Kind::Delivery, Kind::DeliveryDelay, Kind::Reject]
    {
        assert!(seen.contains(&kind), "{kind:?}");
    }
    for kind in [Kind::Open, Kind::Click, Kind::Subscription] {
        assert!(seen.contains(&kind), "{kind:?}");
    }
}

#[test]
fn a_hard_bounce_is_permanent() {
    let [event] = &of_fixture(ProviderName::Jasni, "email-bounced")[..] else { panic!("one event") };
    let mail = json!({
        "timestamp": "2024-01-15T10:30:00.000Z",
        "source": "agent@agents.example.org",
        "messageId": "msg-0001@agents.example.org",
        "destination": ["person@example.com"],
        "headersTruncated": false,
        "headers": [
            {"name": "From", "value": "agent@agents.example.org"},
            {"name": "To", "value": "person@example.com"},
            {"name": "Message-ID", "value": "<msg-0001@agents.example.org>"},
            {"name": "Subject", "value": "Original subject"},
        ],
        "commonHeaders": {
            "from": ["agent@agents.example.org"],
            "to": ["person@example.com"],
            "messageId": "<msg-0001@agents.example.org>",
            "subject": "Original subject",
        },
        "tags": {
            "mailhooks-id": ["jasni:feea45d1104ef6eb215e5ca22c0a6e20"],
            "mailhooks-provider": ["jasni"],
        },
    });
    let bounce = json!({
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{
            "emailAddress": "person@example.com",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 User unknown",
        }],
        "timestamp": "2024-01-15T10:30:00.000Z",
        "feedbackId": "jasni:feea45d1104ef6eb215e5ca22c0a6e20",
    });
    let notification = json!({"notificationType": "Bounce", "mail": mail, "bounce": bounce});
    assert_eq!(rendered(event, Flavour::Notification), Some(notification));
    let published = json!({"eventType": "Bounce", "mail": mail, "bounce": bounce});
    assert_eq!(rendered(event, Flavour::Event), Some(published));
}

/// The recipient of a bounce, after its type and sub type.
fn of_bounce(provider: ProviderName, name: &str) -> (String, Value) {
    let document = of_event(provider, name);
    let bounce = &document["bounce"];
    let words = ["bounceType", "bounceSubType"].map(|member| bounce[member].as_str().unwrap());
    (words.join("/"), bounce["bouncedRecipients"][0].clone())
}

#[test]
fn a_bounce_that_must_not_stop_mail_is_transient_without_a_permanent_code() {
    let (words, recipient) = of_bounce(ProviderName::JetEmail, "outbound-bounced-soft-user-unknown");
    assert_eq!(words, "Transient/General");
    // The provider calls it temporary, in spite of its code 5.1.1.
    let expected = json!({
        "emailAddress": "jane@example.net", "action": "failed", "diagnosticCode": "smtp; 550 5.1.1 User unknown",
    });
    assert_eq!(recipient, expected);
    let (words, recipient) = of_bounce(ProviderName::JetEmail, "outbound-bounced-soft");
    assert_eq!((words.as_str(), &recipient["status"]), ("Transient/General", &json!("4.3.2")));
    for (name, expected) in [
        ("outbound-bounced-hard-mailbox-full", "Transient/MailboxFull"),
        ("outbound-rejected-too-large", "Transient/MessageTooLarge"),
        ("outbound-rejected", "Transient/ContentRejected"),
    ] {
        assert_eq!(of_bounce(ProviderName::JetEmail, name).0, expected, "{name}");
    }
}

#[test]
fn an_explanation_without_a_code_is_no_reply_of_a_server() {
    let mut event = of_fixture(ProviderName::JetEmail, "outbound-bounced-soft").remove(0);
    let recipient = |event: &Event| {
        let document = rendered(event, Flavour::Event).unwrap();
        document["bounce"]["bouncedRecipients"][0].clone()
    };
    event.data.bounce.as_mut().unwrap().diagnostic = None;
    assert_eq!(recipient(&event)["diagnosticCode"], "smtp; 421");
    event.data.bounce.as_mut().unwrap().smtp_code = None;
    assert_eq!(recipient(&event).get("diagnosticCode"), None);
    event.data.bounce.as_mut().unwrap().diagnostic = Some("the mailbox is not known".to_owned());
    assert_eq!(recipient(&event)["diagnosticCode"], "the mailbox is not known");
}

#[test]
fn a_complaint_names_its_recipient_and_one_that_is_taken_back_is_not_sent() {
    let document = of_event(ProviderName::Emailit, "email-complained");
    let expected = json!({
        "complainedRecipients": [{"emailAddress": "ada@example.com"}],
        "timestamp": "2026-10-01T11:02:47.930Z",
        "feedbackId": "emailit:evt_2xsnHtxeTBeu3Vr8p6DfOHWunjj",
        "complaintSubType": null,
    });
    assert_eq!(document["complaint"], expected);
    let [taken_back] = &of_fixture(ProviderName::Jasni, "email-spam-not-spam")[..] else {
        panic!("one event")
    };
    for flavour in [Flavour::Notification, Flavour::Event] {
        assert_eq!(rendered(taken_back, flavour), None);
    }
}

#[test]
fn tags_and_metadata_of_the_mail_are_headers_and_texts_are_tags_too() {
    let mail = &of_event(ProviderName::Emailit, "email-complained")["mail"];
    assert_eq!(mail["tags"]["order_id"], json!(["1042"]));
    let metadata = json!({"name": "X-Metadata", "value": "{\"order_id\":\"1042\"}"});
    assert!(mail["headers"].as_array().unwrap().contains(&metadata));
    let mail = &of_event(ProviderName::GetMailer, "metadata-nested")["mail"];
    let values = |wanted: &str| -> Vec<String> {
        let headers = mail["headers"].as_array().unwrap().iter().filter(|header| header["name"] == wanted);
        headers.map(|header| header["value"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(values("X-Tag"), ["onboarding", "welcome"]);
    let metadata: Value = serde_json::from_str(&values("X-Metadata")[0]).unwrap();
    assert_eq!(metadata["order"]["paid"], true);
    assert_eq!(mail["tags"].as_object().unwrap().len(), 2, "only texts are tags: {mail}");
}

#[test]
fn the_sender_of_the_mail_cannot_replace_the_tags_of_mailhooks() {
    let mut event = of_fixture(ProviderName::Emailit, "email-complained").remove(0);
    let metadata = json!({"mailhooks-id": "forged", "mailhooks-provider": "forged"});
    event.data.message.as_mut().unwrap().metadata = metadata.as_object().cloned();
    let document = rendered(&event, Flavour::Event).unwrap();
    let expected = json!({"mailhooks-id": [event.id], "mailhooks-provider": ["emailit"]});
    assert_eq!(document["mail"]["tags"], expected);
}

#[test]
fn other_events_have_a_document_in_the_flavour_of_events_only() {
    let delayed = json!({
        "timestamp": "2024-01-09T18:40:05.000Z",
        "delayType": "General",
        "delayedRecipients": [{
            "emailAddress": "recipient@example.com", "status": "4.7.1", "diagnosticCode": "smtp; 451 4.7.1 Try again later",
        }],
    });
    let opened = json!({"timestamp": "2024-01-15T12:00:00.000Z", "ipAddress": "203.0.113.1", "userAgent": "Mozilla/5.0..."});
    let unsubscribed =
        json!({"timestamp": "2024-01-15T12:10:00.000Z", "newTopicPreferences": {"unsubscribeAll": true}});
    let delivered = json!({"timestamp": "2026-10-01T09:14:03.512Z", "recipients": ["ada@example.com"]});
    for (provider, name, kind, member, expected) in [
        (ProviderName::JetEmail, "outbound-deferred", "DeliveryDelay", "deliveryDelay", delayed),
        (ProviderName::GetMailer, "email-opened", "Open", "open", opened),
        (ProviderName::GetMailer, "email-unsubscribed", "Subscription", "subscription", unsubscribed),
        (ProviderName::Emailit, "email-delivered", "Delivery", "delivery", delivered),
        (ProviderName::JetEmail, "outbound-spam", "Reject", "reject", json!({"reason": "spam"})),
        (ProviderName::Jasni, "email-sent", "Send", "send", json!({})),
    ] {
        let document = of_event(provider, name);
        assert_eq!((document["eventType"].as_str(), &document[member]), (Some(kind), &expected), "{name}");
        assert_eq!(rendered(&of_fixture(provider, name)[0], Flavour::Notification), None, "{name}");
    }
}

#[test]
fn an_event_without_a_recipient_has_no_document() {
    let [event] = &of_fixture(ProviderName::JetEmail, "outbound-clicked")[..] else { panic!("one event") };
    assert!(event.data.recipient.is_none());
    assert_eq!(rendered(event, Flavour::Event), None);
    // A bounce without an action: the reply names another recipient of the mail.
    let events = of_fixture(ProviderName::JetEmail, "outbound-bounced-reply-names-one-of-two");
    let documents = events.iter().filter_map(|event| rendered(event, Flavour::Notification));
    let recipients: Vec<Value> =
        documents.map(|document| document["mail"]["destination"][0].clone()).collect();
    assert_eq!(recipients, ["dead@example.org"]);
}

#[tokio::test]
async fn the_topics_carry_the_documents_with_the_attributes_of_the_event() {
    let fixture = files::accepted(ProviderName::Jasni, "email-bounced");
    let testbed = Testbed::start(fixture.now).await.announcing_all();
    assert_eq!(testbed.receive(ProviderName::Jasni, request_of(&fixture)).await.status(), 200);
    let event = &of_fixture(ProviderName::Jasni, "email-bounced")[0];
    let announcements = testbed.announcements();
    let on = |topic: Topic| announcements.iter().find(|one| one.topic == topic.name()).unwrap();
    for (topic, flavour) in
        [(Topic::SesNotifications, Flavour::Notification), (Topic::SesEvents, Flavour::Event)]
    {
        assert_eq!(Some(&on(topic).message), rendered(event, flavour).as_ref());
        assert_eq!(on(topic).attributes, on(Topic::Events).attributes);
        assert_eq!(on(topic).event_id(), event.id);
    }
    assert_eq!(on(Topic::SesEvents).attributes["action"], "suppress");
}

#[test]
fn the_tool_lists_a_document_as_its_event() {
    let data = &Folder::default();
    let dev = Dev::start_with(data, &["--announce-all"]);
    assert!(run(data, &["send", "jetemail", "outbound-bounced", "--same-ids"]).status.success());
    drop(dev);
    let table = stdout(&run(data, &["announcements"]));
    for topic in ["ses-notifications", "ses-events"] {
        let row = table.lines().find(|row| row.contains(topic)).unwrap();
        for cell in ["email.bounced", "suppress", "invalid@example.com", "jetemail:evt_93f4768d6a18"] {
            assert!(row.contains(cell), "{cell} in {row}");
        }
    }
}
