//! The state of a message, as docs/reference.md describes it.

use std::collections::BTreeMap;
use std::fs;

use mailhooks_tests::files;
use normalization::event::Bounce;
use normalization::state::weight;
use normalization::{BounceClass, Event, EventData, EventType, ProviderName};

fn event(event_type: EventType, class: BounceClass) -> Event {
    let mut data = EventData::new(ProviderName::Emailit, event_type);
    data.bounce = Some(Bounce { class: Some(class), ..Bounce::default() });
    Event { id: "emailit:1".to_owned(), time: "2026-10-01T09:14:06Z".parse().unwrap(), data }
}

/// The rows of the table of weights: the text beside each weight.
fn documented() -> BTreeMap<u8, String> {
    let page = fs::read_to_string(files::root().join("docs/reference.md")).unwrap();
    let section = page.split("### State of a message").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
    });
    rows.collect()
}

#[test]
fn the_reference_lists_the_weight_of_each_type() {
    let documented = documented();
    assert_eq!(documented.len(), 13);
    for event_type in EventType::ALL {
        let weights =
            [BounceClass::Permanent, BounceClass::Transient].map(|class| weight(&event(*event_type, class)));
        let word = format!("`{event_type}`");
        let rows = documented.iter().filter(|(_, types)| types.contains(&word));
        let mut expected: Vec<u8> = rows.map(|(weight, _)| *weight).rev().collect();
        if expected.is_empty() {
            expected.push(0);
        }
        expected.resize(2, expected[0]);
        assert_eq!(weights.as_slice(), expected, "{event_type}");
    }
}
