//! Complete mails in a webhook: the largest that Lambda accepts, stored without loss, and read back byte for byte.

use ingestion::clock;
use jiff::Timestamp;
use mailhooks_tests::aws::Service;
use mailhooks_tests::facts::facts;
use mailhooks_tests::noise::noise;
use mailhooks_tests::testbed::now;
use mailhooks_tests::tool::{Dev, Folder, lines, run, secret};
use mailhooks_tests::{Testbed, sign};
use normalization::ProviderName::{self, Jasni};
use serde_json::json;

/// The largest payload that Lambda accepts in one call.
const LARGEST: usize = 6 * 1024 * 1024;

#[test]
fn whole_mails_come_back_byte_for_byte_through_the_tool() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    let dense = noise(LARGEST);
    let text = "A line of a mail that says much the same as all the others. ".repeat(110_000);
    let sizes = [(LARGEST, &dense), (LARGEST, &text), (200_000, &dense), (390_000, &dense)];
    for provider in ProviderName::ALL.iter().copied() {
        // All providers store bodies the same way, so one provider is enough to print the sizes.
        let sizes = &sizes[..if provider == Jasni { 4 } else { 1 }];
        for (number, (size, filler)) in sizes.iter().enumerate() {
            let id = format!("evt_{number}");
            let body = facts(provider).mail(&id, *size, filler);
            let headers = sign::with_secret(provider, &secret(data, provider), &body, clock::now());
            for recorded in [1, 0] {
                let (status, answer) = dev.post(provider, &headers, &body);
                assert_eq!((status, &answer["recorded"]), (200, &json!(recorded)), "{provider} {id}");
            }
            let found = lines(data, &["events", "--provider", provider.as_str(), "--limit", "1"]);
            let id = found[0]["id"].as_str().unwrap();
            let raw = run(data, &["events", "--id", id, "--raw"]);
            // For an array, the raw payload is the element.
            let expected = if facts(provider).sends_arrays { &body[1..size - 1] } else { &body };
            assert!(raw.stdout == expected, "{provider} {id}: {} bytes", raw.stdout.len());
        }
    }
}

#[tokio::test]
async fn what_is_announced_of_a_whole_mail_stays_small() {
    for provider in ProviderName::ALL.iter().copied() {
        let testbed = Testbed::start(now()).await.announcing_all();
        let body = facts(provider).mail("evt_1", LARGEST, &noise(LARGEST));
        assert_eq!(testbed.post(provider, &body).await.status().as_u16(), 200);
        let announcements = testbed.announcements();
        assert_eq!(announcements.len(), 1, "{provider}");
        // Like the service, the stand-in rejects messages over 256 KiB; this one is far smaller.
        assert!(announcements[0].message.to_string().len() < 8 * 1024);
    }
}

#[tokio::test]
async fn a_byte_more_is_413_without_a_call() {
    for provider in ProviderName::ALL.iter().copied() {
        let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
        let calls = testbed.aws.count(Service::DynamoDb);
        let body = facts(provider).mail("evt_1", LARGEST + 1, &"a".repeat(LARGEST + 1));
        assert_eq!(testbed.post(provider, &body).await.status().as_u16(), 413);
        assert_eq!(testbed.aws.count(Service::DynamoDb), calls);
        assert_eq!(testbed.lines()[0]["outcome"], "too_large");
    }
}
