//! The suppression list as a function of evidence: it depends on nothing but the evidence, the policy and the time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::files;
use mailhooks_tests::testbed::now;
use normalization::suppression::{Evidence, Kind, Policy, Reason, Slots, evidence_of};
use normalization::{BounceReason, ProviderName, lookup_form};
use proptest::prelude::*;
use proptest::sample::{SizeRange, select, subsequence};
use serde_json::json;

const KINDS: [Kind; 10] = [
    Kind::Bounce,
    Kind::Soft,
    Kind::Complaint,
    Kind::NotSpam,
    Kind::Unsubscribe,
    Kind::Resubscribe,
    Kind::Listed,
    Kind::Unlisted,
    Kind::Manual,
    Kind::Released,
];

fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

/// Evidence so many days after the first of October, with the number as its id.
fn at(day: i64, id: u32) -> Evidence {
    Evidence {
        time: now() + days(day),
        event: format!("emailit:{id}"),
        provider: Some(ProviderName::Emailit),
        reason: None,
        note: None,
    }
}

fn slots(evidence: &[(Kind, Evidence)]) -> Slots {
    let mut slots = Slots::default();
    for (kind, evidence) in evidence {
        slots.add(*kind, evidence.clone());
    }
    slots
}

/// The reason on a day, by the default policy.
fn reason(slots: &Slots, day: i64) -> Option<Reason> {
    slots.suppression(&Policy::default(), now() + days(day)).map(|found| found.reason)
}

fn history() -> impl Strategy<Value = Vec<(Kind, Evidence)>> {
    // Soft bounces are frequent, days and ids coincide.
    let kind = prop_oneof![Just(Kind::Soft), select(KINDS.to_vec())];
    // Another version may read another reason from the same event.
    let reason = select(vec![None, Some(BounceReason::MailboxFull), Some(BounceReason::Greylisted)]);
    let one = (kind, 0..90i64, 0..40u32, reason);
    let one = one.prop_map(|(kind, day, id, reason)| (kind, Evidence { reason, ..at(day, id) }));
    prop::collection::vec(one, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn the_order_and_number_of_deliveries_do_not_matter(
        (history, shuffled) in history().prop_flat_map(|history| {
            let twice: Vec<_> = history.iter().chain(&history).cloned().collect();
            (Just(history), Just(twice).prop_shuffle())
        }),
    ) {
        let (one, other) = (slots(&history), slots(&shuffled));
        prop_assert_eq!(&one, &other);
        for day in [0, 30, 60, 90, 120] {
            prop_assert_eq!(reason(&one, day), reason(&other, day));
        }
        let mut again = one.clone();
        for (kind, evidence) in history {
            prop_assert!(!again.add(kind, evidence), "what is known changes nothing");
        }
    }

    #[test]
    fn two_entries_of_an_address_join_to_the_entry_of_all_evidence(
        (history, part) in history().prop_flat_map(|history| {
            let size = SizeRange::from(0..=history.len());
            (Just(history.clone()), subsequence(history, size))
        }),
    ) {
        let all = slots(&history);
        let mut joined = slots(&part);
        joined.join(&all);
        prop_assert_eq!(&joined, &all);
        let mut other = all.clone();
        prop_assert!(!other.join(&slots(&part)));
        prop_assert_eq!(other, all);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written(history in history()) {
        let written = slots(&history);
        let text = serde_json::to_string(&written).unwrap();
        prop_assert_eq!(serde_json::from_str::<Slots>(&text).unwrap(), written);
    }
}

#[test]
fn the_first_reason_in_the_order_of_the_rules_is_the_answer() {
    let soft = (0..5).map(|number| (Kind::Soft, at(i64::from(number), number)));
    let mut all: Vec<_> = soft.collect();
    for (kind, expected) in [
        (None, Reason::SoftBounces),
        (Some(Kind::Listed), Reason::Listed),
        (Some(Kind::Bounce), Reason::Bounce),
        (Some(Kind::Unsubscribe), Reason::Unsubscribe),
        (Some(Kind::Complaint), Reason::Complaint),
        (Some(Kind::Manual), Reason::Manual),
    ] {
        all.extend(kind.map(|kind| (kind, at(1, 100))));
        assert_eq!(reason(&slots(&all), 10), Some(expected));
    }
    all.push((Kind::Released, at(5, 200)));
    assert_eq!(reason(&slots(&all), 10), None, "nothing up to a release counts");
    all.push((Kind::Bounce, at(6, 300)));
    assert_eq!(reason(&slots(&all), 10), Some(Reason::Bounce), "newer evidence counts");
}

#[test]
fn what_takes_evidence_back_counts_only_if_it_is_newer() {
    for (kind, back) in [
        (Kind::Complaint, Kind::NotSpam),
        (Kind::Unsubscribe, Kind::Resubscribe),
        (Kind::Listed, Kind::Unlisted),
    ] {
        assert_eq!(reason(&slots(&[(kind, at(1, 1)), (back, at(2, 2))]), 3), None, "{kind:?}");
        assert!(reason(&slots(&[(kind, at(2, 1)), (back, at(1, 2))]), 3).is_some(), "{kind:?}");
        assert_eq!(reason(&slots(&[(back, at(1, 1))]), 3), None, "{back:?}");
    }
}

#[test]
fn a_provider_takes_an_address_only_from_its_own_list() {
    let of_another = Evidence { provider: Some(ProviderName::GetMailer), ..at(1, 1) };
    let both = slots(&[(Kind::Listed, of_another), (Kind::Unlisted, at(2, 2))]);
    assert_eq!(reason(&both, 3), Some(Reason::Listed));
}

#[test]
fn temporary_bounces_suppress_for_a_while() {
    let on = |days: &[i64]| {
        let all: Vec<_> = days.iter().zip(0..).map(|(day, id)| (Kind::Soft, at(*day, id))).collect();
        slots(&all)
    };
    assert_eq!(reason(&on(&[0, 1, 2, 3]), 4), None, "four are too few");
    assert_eq!(reason(&on(&[0, 0, 0, 1, 1]), 4), None, "two days are too few");
    assert_eq!(reason(&on(&[0, 1, 2, 2, 2]), 4), Some(Reason::SoftBounces));
    assert_eq!(reason(&on(&[0, 1, 1, 1, 1, 2, 2, 2, 2]), 4), Some(Reason::SoftBounces));
    assert_eq!(reason(&on(&[0, 10, 20, 25, 30]), 31), None, "thirty days are too long");
    assert_eq!(reason(&on(&[1, 10, 20, 25, 30]), 31), Some(Reason::SoftBounces));
    let held = on(&[0, 1, 2, 3, 4]);
    let found = held.suppression(&Policy::default(), now() + days(5)).unwrap();
    assert_eq!((found.evidence.time, found.until), (now() + days(4), Some(now() + days(34))));
    assert_eq!((reason(&held, 33), reason(&held, 34)), (Some(Reason::SoftBounces), None));
    let never = Policy { soft_bounces: 0, ..Policy::default() };
    assert_eq!(held.suppression(&never, now() + days(5)), None);
    let two = Policy { soft_bounces: 2, ..Policy::default() };
    assert!(on(&[0, 1]).suppression(&two, now() + days(2)).is_some());
}

#[test]
fn a_hard_bounce_ends_only_by_the_policy() {
    let bounced = slots(&[(Kind::Bounce, at(0, 1))]);
    let far: Timestamp = "2126-01-01T00:00:00Z".parse().unwrap();
    assert!(bounced.suppression(&Policy::default(), far).is_some());
    let year = Policy { hard_bounce_days: 365, ..Policy::default() };
    assert_eq!(bounced.suppression(&year, now()).unwrap().until, Some(now() + days(365)));
    assert_eq!(bounced.suppression(&year, far), None);
}

/// Of the documented samples, exactly those with the action `suppress` suppress their recipients, and the providers' lists
/// of bounced and complained addresses.
#[test]
fn the_documented_samples_suppress_their_recipients() {
    let mut found: BTreeMap<String, Slots> = BTreeMap::new();
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    let mut events = 0;
    for fixture in ProviderName::ALL.iter().copied().flat_map(files::all_accepted) {
        if fixture.documents.is_none() {
            continue;
        }
        files::with_records(&fixture, |records| {
            for record in records {
                let data = &record.event.data;
                let Some(recipient) = data.recipient.as_deref() else { continue };
                let address = format!("{} {}", fixture.name, lookup_form(recipient));
                let is_listed = json!(data.suppression)["cause"] == "bounce"
                    || json!(data.suppression)["cause"] == "complaint";
                events += usize::from(data.action == normalization::Action::Suppress);
                if data.action == normalization::Action::Suppress || is_listed {
                    expected.insert(address.clone(), 1);
                }
                if let Some((kind, evidence)) = evidence_of(&record.event) {
                    found.entry(address).or_default().add(kind, evidence);
                }
            }
        });
    }
    assert_eq!(events, 12);
    let far: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let suppressed = found.iter().filter(|(_, slots)| slots.suppression(&Policy::default(), far).is_some());
    assert!(suppressed.map(|(address, _)| address).eq(expected.keys()));
}

#[test]
fn the_end_is_that_of_the_rule_that_holds_longest() {
    let year = Policy { hard_bounce_days: 365, ..Policy::default() };
    let found = |evidence: &[(Kind, Evidence)], day: i64| {
        let slots = slots(evidence);
        slots.suppression(&year, now() + days(day)).map(|found| (found.reason, found.until))
    };
    let bounce = (Kind::Bounce, at(0, 1));
    assert_eq!(found(std::slice::from_ref(&bounce), 1), Some((Reason::Bounce, Some(now() + days(365)))));
    let listed = (Kind::Listed, at(0, 2));
    assert_eq!(found(&[bounce.clone(), listed.clone()], 1), Some((Reason::Bounce, None)));
    assert_eq!(found(&[bounce, listed], 366), Some((Reason::Listed, None)), "the state at the end is right");
}

#[test]
fn only_an_entry_of_bounces_that_count_no_more_ends() {
    let default = Policy::default();
    let year = Policy { hard_bounce_days: 365, ..default };
    let soft = (Kind::Soft, at(3, 1));
    let end = |evidence: &[(Kind, Evidence)], policy: &Policy| slots(evidence).end(policy);
    assert_eq!(end(std::slice::from_ref(&soft), &default), Some(now() + days(33)));
    let bounce = (Kind::Bounce, at(0, 2));
    assert_eq!(end(&[soft.clone(), bounce.clone()], &default), None);
    assert_eq!(end(&[soft.clone(), bounce], &year), Some(now() + days(365)));
    for kind in KINDS.into_iter().filter(|kind| ![Kind::Soft, Kind::Bounce].contains(kind)) {
        assert_eq!(end(&[soft.clone(), (kind, at(0, 3))], &year), None, "{kind:?}");
    }
    assert_eq!(end(&[], &default), None);
}
