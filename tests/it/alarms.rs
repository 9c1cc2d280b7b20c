//! Situations of a stack, replayed through the alarms of its templates: exactly these alarms go off, and exactly these mails go out.

use std::time::Duration;

use ingestion::store::{Store, WriteSettings};
use mailhooks_local::samples;
use mailhooks_tests::Testbed;
use mailhooks_tests::alarms::Replay;
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Service, Target};
use mailhooks_tests::facts::facts;
use mailhooks_tests::testbed::{TABLE, now};
use normalization::ProviderName::{Jasni, JetEmail};

/// A stack of one provider. JetEmail is answered 503 where others get 401.
const ONE: [(&str, &str); 5] = [
    ("JetEmail", "on"),
    ("Jasni", "off"),
    ("GetMailer", "off"),
    ("Emailit", "off"),
    ("AlarmAddress", "ada@example.org"),
];

/// A Monday.
const MONDAY: &str = "2026-10-05T09:00:00Z";

/// A stack of JetEmail that has received an event, and whose alarm address is confirmed.
async fn in_service(more: &[(&str, &str)]) -> Replay {
    in_service_since(MONDAY, more).await
}

async fn in_service_since(start: &str, more: &[(&str, &str)]) -> Replay {
    let mut replay = Replay::deploy(start, &[more, &ONE].concat()).await;
    receives(&mut replay, "first").await;
    replay.minutes(5).await;
    replay.confirm();
    assert!(replay.on().is_empty(), "{:?}", replay.on());
    replay
}

/// An event that is new.
async fn receives(replay: &mut Replay, id: &str) {
    let body = facts(JetEmail).mail(id, 700, &"x".repeat(700));
    assert_eq!(replay.webhook(JetEmail, &body).await, 200);
}

#[tokio::test]
async fn a_provider_that_was_set_up_wrong_from_the_first_minute() {
    let mut replay = Replay::deploy(MONDAY, &ONE).await;
    // The webhook has a wrong path, which the API answers.
    for _ in 0..10 {
        replay.api_answers(404, "Not Found");
        replay.minutes(6).await;
    }
    // Before the alarm address is confirmed, the first day's mail is lost. The next day has another.
    replay.until("2026-10-06T12:00:00Z").await;
    replay.confirm();
    replay.until("2026-10-09T12:00:00Z").await;
    assert_eq!(
        replay.take_mails(),
        [
            "Wed 08:01 ALARM jetemail nothing received",
            "Thu 08:01 ALARM jetemail nothing received",
            // Three days after the deployment, and not before.
            "Thu 09:00 ALARM jetemail silence",
            "Fri 08:01 ALARM jetemail nothing received",
        ]
    );
    receives(&mut replay, "first").await;
    replay.until("2026-10-10T12:00:00Z").await;
    assert_eq!(replay.take_mails(), ["Fri 13:00 OK jetemail silence"]);
}

#[tokio::test]
async fn a_secret_that_was_never_set_and_two_of_doctor_s_requests() {
    let mut replay = Replay::deploy(MONDAY, &ONE).await;
    replay.minutes(5).await;
    replay.confirm();
    for _ in 0..2 {
        let body = facts(JetEmail).bounces(1);
        assert_eq!(replay.webhook_without_a_secret(JetEmail, &body).await, 503);
        replay.minutes(10).await;
    }
    replay.minutes(60).await;
    assert_eq!(
        replay.take_mails(),
        [
            "Mon 09:06 ALARM jetemail signing secret not set",
            "Mon 09:16 ALARM jetemail unavailable",
            "Mon 09:31 OK jetemail signing secret not set",
            "Mon 09:46 OK jetemail unavailable",
        ]
    );
}

#[tokio::test]
async fn a_sender_that_mails_on_working_days_only() {
    let shorter = ["Sun 17:00 ALARM jetemail silence", "Mon 10:00 OK jetemail silence"];
    for (parameters, expected) in [(&[][..], &[][..]), (&[("SilenceHours", "48")], &shorter)] {
        let mut replay = in_service_since("2026-10-08T09:00:00Z", parameters).await;
        for day in [8, 9, 12, 13] {
            for hour in 9..17 {
                replay.until(&format!("2026-10-{day:02}T{hour:02}:30:00Z")).await;
                receives(&mut replay, &format!("{day} {hour}")).await;
            }
        }
        replay.minutes(60).await;
        assert_eq!(replay.take_mails(), expected, "{parameters:?}");
    }
}

/// Without deliveries among its events, all mail of such a subscriber seems to bounce.
#[tokio::test]
async fn a_subscriber_of_bounces_only() {
    let mut replay = in_service(&[("RateMails", "10"), ("BounceRate", "1")]).await;
    for day in 5..=9 {
        replay.until(&format!("2026-10-{day:02}T15:00:00Z")).await;
        let bounces = String::from_utf8(facts(JetEmail).bounces(30)).unwrap();
        // They are new and permanent.
        let bounces = bounces.replace("\"id\":\"", &format!("\"id\":\"{day}-"));
        let bounces =
            bounces.replace("\"uid\"", "\"type\":\"hard\",\"response\":\"550 5.1.1 user unknown\",\"uid\"");
        assert_eq!(replay.webhook(JetEmail, bounces.as_bytes()).await, 200);
        assert_eq!(replay.testbed.lines()[0]["HardBounced"], 30);
        replay.minutes(60).await;
    }
    replay.until("2026-10-12T12:00:00Z").await;
    assert_eq!(replay.take_mails(), [""; 0]);
}

#[tokio::test]
async fn scanners_without_a_signature() {
    let mut replay = in_service(&[("Jasni", "on")]).await;
    for _ in 0..36 {
        assert_eq!(replay.unsigned(JetEmail).await, 503);
        assert_eq!(replay.unsigned(Jasni).await, 401);
        replay.api_answers(404, "Not Found");
        replay.minutes(5).await;
    }
    assert_eq!(replay.take_mails(), [""; 0]);
}

/// The sample that it posts is no sign that the provider sends.
#[tokio::test]
async fn two_runs_of_doctor() {
    let mut replay = Replay::deploy(MONDAY, &ONE).await;
    replay.minutes(5).await;
    replay.confirm();
    for _ in 0..2 {
        assert_eq!(replay.unsigned(JetEmail).await, 503);
        let sample = samples::doctor(JetEmail).unwrap().body;
        assert_eq!(replay.webhook(JetEmail, &sample).await, 200);
        replay.minutes(10).await;
    }
    replay.until("2026-10-06T12:00:00Z").await;
    assert_eq!(replay.take_mails(), ["Tue 08:01 ALARM jetemail nothing received"]);
}

#[tokio::test]
async fn a_wrong_secret() {
    let mut replay = in_service(&[]).await;
    replay.minutes(55).await;
    let body = facts(JetEmail).bounces(1);
    for _ in 0..6 {
        assert_eq!(replay.missigned(JetEmail, &body).await, 503);
        replay.minutes(10).await;
    }
    assert_eq!(replay.on(), ["jetemail refused"]);
    // The right secret is stored, and the provider's next attempt succeeds.
    assert_eq!(replay.webhook(JetEmail, &body).await, 200);
    replay.minutes(120).await;
    assert_eq!(replay.take_mails(), ["Mon 10:11 ALARM jetemail refused", "Mon 11:51 OK jetemail refused"]);
}

#[tokio::test]
async fn a_dead_topic() {
    let mut replay = in_service(&[]).await;
    replay.testbed.aws.inject(Fault::dead(Service::Sns));
    assert_eq!(replay.webhook(JetEmail, &facts(JetEmail).bounces(1)).await, 200);
    replay.minutes(20).await;
    assert_eq!(replay.on(), ["unannounced"]);
    replay.testbed.aws.calm();
    replay.minutes(20).await;
    assert_eq!(replay.take_mails(), ["Mon 09:13 ALARM unannounced", "Mon 09:28 OK unannounced"]);
}

#[tokio::test]
async fn a_subscriber_that_is_gone_and_a_dead_letter_queue_that_refuses() {
    let mut replay = in_service(&[]).await;
    for metric in ["NumberOfNotificationsFailed", "NumberOfNotificationsFailedToRedriveToDlq"] {
        replay.aws_reports("AWS/SNS", metric, &[("TopicName", "Complaints.TopicName")], 1.0);
    }
    replay.minutes(60).await;
    assert_eq!(
        replay.take_mails(),
        [
            "Mon 09:06 ALARM complaints lost",
            "Mon 09:06 ALARM complaints undelivered",
            "Mon 09:21 OK complaints lost",
            "Mon 09:21 OK complaints undelivered",
        ]
    );
}

/// A throttled index also throttles the table's writes, but the metric of the table does not count it.
#[tokio::test]
async fn a_throttled_index() {
    let mut replay = in_service(&[]).await;
    let target = Target::Text { operation: "PutItem", containing: String::new() };
    replay.testbed.aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Kind::Refuse));
    let index = [("TableName", "Table"), ("GlobalSecondaryIndexName", "by_time")];
    for _ in 0..12 {
        assert_eq!(replay.webhook(JetEmail, &facts(JetEmail).bounces(1)).await, 503);
        replay.aws_reports("AWS/DynamoDB", "WriteThrottleEvents", &index, 3.0);
        replay.minutes(1).await;
    }
    replay.testbed.aws.calm();
    replay.minutes(60).await;
    assert_eq!(
        replay.take_mails(),
        [
            "Mon 09:08 ALARM index by_time throttles",
            "Mon 09:11 ALARM jetemail unavailable",
            "Mon 09:22 OK index by_time throttles",
            "Mon 09:52 OK jetemail unavailable",
        ]
    );
}

#[tokio::test]
async fn a_flood() {
    let mut replay = in_service(&[]).await;
    for minute in 0..30 {
        for _ in 0..20 {
            replay.api_answers(429, "Too Many Requests");
        }
        assert_eq!(replay.unsigned(JetEmail).await, 503);
        assert_eq!(replay.missigned(JetEmail, b"{}").await, 503);
        if minute == 3 {
            replay.api_answers(413, "Request Too Long");
        }
        receives(&mut replay, &minute.to_string()).await;
        replay.minutes(1).await;
    }
    replay.minutes(120).await;
    assert_eq!(
        replay.take_mails(),
        [
            "Mon 09:09 ALARM too large",
            "Mon 09:11 ALARM API throttles",
            "Mon 09:11 ALARM jetemail refused",
            "Mon 09:24 OK too large",
            "Mon 10:10 OK API throttles",
            "Mon 10:40 OK jetemail refused",
        ]
    );
}

/// A function that crashes is answered by the API.
#[tokio::test]
async fn a_function_that_crashes() {
    let mut replay = in_service(&[]).await;
    for _ in 0..12 {
        replay.api_answers(500, "Internal Server Error");
        replay.aws_reports("AWS/Lambda", "Errors", &[("FunctionName", "JetEmailFunction")], 1.0);
        replay.minutes(2).await;
    }
    replay.minutes(60).await;
    let mails = replay.take_mails();
    let names: Vec<_> =
        mails.iter().map(|mail| mail.split_once(' ').unwrap().1.split_once(' ').unwrap().1).collect();
    assert_eq!(
        names,
        ["ALARM jetemail function errors", "ALARM API 5xx", "OK API 5xx", "OK jetemail function errors",]
    );
}

#[tokio::test]
async fn basic_has_ten_alarms_for_a_provider_and_full_has_those_too() {
    let basic = Replay::deploy(MONDAY, &[&ONE[..], &[("Monitoring", "basic")]].concat()).await;
    assert_eq!(
        basic.alarms(),
        [
            "actions undelivered",
            "bounces undelivered",
            "unannounced",
            "redrive stopped",
            "suppressions dead letters",
            "jetemail function errors",
            "jetemail nothing received",
            "jetemail refused",
            "jetemail silence",
            "jetemail unavailable",
        ]
    );
    let full = Replay::deploy(MONDAY, &ONE).await;
    let full = full.alarms();
    assert!(basic.alarms().iter().all(|alarm| full.contains(alarm)), "{full:?}");
    assert_eq!(full.len(), 32, "{full:?}");
}

#[tokio::test]
async fn a_redrive_that_does_not_run() {
    let mut replay = in_service(&[]).await;
    replay.stop_redrive();
    replay.minutes(60).await;
    assert_eq!(replay.take_mails().len(), 1);
    assert_eq!(replay.on(), ["redrive stopped"]);
}

#[tokio::test]
async fn what_was_never_received_is_known_from_the_index_by_time() {
    let testbed = Testbed::start(now()).await;
    let providers = ["jetemail".to_owned(), "jasni".to_owned()];
    assert_eq!(testbed.store.unseen(&providers).await.unwrap(), Some(vec!["jetemail", "jasni"]));
    testbed.post(Jasni, &facts(Jasni).bounces(1)).await;
    assert_eq!(testbed.store.unseen(&providers).await.unwrap(), Some(vec!["jetemail"]));
    testbed.post(JetEmail, &facts(JetEmail).bounces(1)).await;
    assert_eq!(testbed.store.unseen(&providers).await.unwrap(), Some(Vec::new()));
    let off = WriteSettings { time_index: false, ..WriteSettings::default() };
    let off = Store::new(testbed.clients.dynamodb.clone(), TABLE, off);
    assert_eq!(off.unseen(&providers).await.unwrap(), None);
}

/// A check that fails says nothing about the providers, and is repeated a minute later.
#[tokio::test]
async fn a_daily_check_that_fails_is_repeated() {
    let testbed = Testbed::start("2026-10-05T08:00:30Z".parse().unwrap()).await;
    let redrive = testbed.redrive_watching(&[JetEmail]);
    testbed.aws.inject(Fault::refusal("Scan", ""));
    let mut said = Vec::new();
    for time in
        ["2026-10-05T08:00:30Z", "2026-10-05T08:01:30Z", "2026-10-05T08:02:30Z", "2026-10-06T08:00:00Z"]
    {
        testbed.set_clock(time.parse().unwrap());
        redrive.run(Duration::from_mins(1)).await;
        let lines = testbed.take_lines();
        said.push((
            lines.iter().any(|line| line["outcome"] == "watched" && line["reason"].is_string()),
            lines.iter().any(|line| line["NothingReceived"] == 1),
        ));
        assert!(lines.iter().any(|line| line["provider"] == "jetemail" && line["Received"] == 0));
        testbed.aws.calm();
    }
    assert_eq!(said, [(true, false), (false, true), (false, false), (false, true)]);
}
