//! The bounce classifier on the real replies of fixtures/smtp-replies: the format of the files, and how often it is
//! right. The figures only ever get better: whoever improves one moves its limit.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;
use std::fs;

use mailhooks_tests::files;
use normalization::bounce::{Evidence, Severity, Verdict, judge};
use normalization::{Action, Attribution, BounceClass, BounceReason};
use serde_json::{Map, Value};

/// A real reply with its label.
struct Reply {
    text: String,
    address: String,
    classes: Vec<String>,
    reasons: Vec<String>,
    attributions: Vec<String>,
}

impl Reply {
    fn judged(&self, severity: Option<Severity>) -> Verdict {
        judge(&Evidence {
            severity,
            reply: Some(&self.text),
            ..Evidence::default()
        })
    }

    fn is_suppressed(&self, severity: Option<Severity>) -> bool {
        self.judged(severity).action == Action::Suppress
    }
}

/// Each line of each file, with where it is.
fn lines() -> Vec<(String, Map<String, Value>)> {
    let mut lines = Vec::new();
    for file in files::with_ending(&files::root().join("fixtures/smtp-replies"), "jsonl") {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let place = format!("{}:{number}", file.display());
            let Ok(Value::Object(members)) = serde_json::from_str(line) else {
                panic!("{place}: not a JSON object");
            };
            lines.push((place, members));
        }
    }
    lines
}

fn texts(members: &Map<String, Value>, name: &str) -> Vec<String> {
    let values = members.get(name).and_then(Value::as_array);
    let texts = values.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn replies() -> Vec<Reply> {
    let replies = lines().into_iter().map(|(_, members)| Reply {
        text: members["text"].as_str().unwrap().to_owned(),
        address: members["address"].as_str().unwrap().to_owned(),
        classes: texts(&members, "class"),
        reasons: texts(&members, "reasons"),
        attributions: texts(&members, "attribution"),
    });
    replies.collect()
}

#[test]
fn each_line_has_the_documented_format() {
    let words = |all: Vec<&'static str>| all.into_iter().collect::<BTreeSet<_>>();
    let lists = [
        (
            "class",
            words(BounceClass::ALL.iter().map(|word| word.as_str()).collect()),
        ),
        (
            "reasons",
            words(BounceReason::ALL.iter().map(|word| word.as_str()).collect()),
        ),
        (
            "attribution",
            words(Attribution::ALL.iter().map(|word| word.as_str()).collect()),
        ),
    ];
    let names = [
        "text",
        "source",
        "date",
        "lang",
        "address",
        "class",
        "reasons",
        "attribution",
        "note",
    ];
    let mut seen = BTreeSet::new();
    for (place, members) in lines() {
        let text = |name: &str| {
            members
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        assert!(
            members.keys().all(|name| names.contains(&name.as_str())),
            "{place}: a member"
        );
        assert!(!text("text").trim().is_empty(), "{place}: text");
        assert!(text("source").starts_with("http"), "{place}: source");
        assert!(
            text("date").starts_with("20") || text("date").starts_with("19"),
            "{place}: date"
        );
        assert_eq!(text("lang").len(), 2, "{place}: lang");
        assert!(
            ["dead", "alive", "unknown"].contains(&text("address")),
            "{place}: address"
        );
        for (name, known) in &lists {
            let given = texts(&members, name);
            assert!(!given.is_empty(), "{place}: {name}");
            assert!(
                given.iter().all(|word| known.contains(word.as_str())),
                "{place}: {name}"
            );
        }
        assert!(seen.insert(text("text").to_owned()), "{place}: twice");
    }
    assert!(seen.len() >= 500, "{}", seen.len());
}

/// Percent of those that a condition holds for.
fn percent<T: Copy>(all: &[T], holds: impl Fn(T) -> bool) -> f64 {
    let held = all.iter().filter(|one| holds(**one)).count();
    let count = |count: usize| f64::from(u32::try_from(count).unwrap());
    100.0 * count(held) / count(all.len())
}

fn hold(name: &str, figure: f64, most: f64) {
    println!("{name}: {figure:.1} (limit {most:.1})");
    assert!(figure <= most, "{name}: {figure:.1}, more than {most:.1}");
}

#[test]
fn the_figures_hold() {
    let replies = replies();
    let all: Vec<_> = replies.iter().collect();
    let of = |address: &str| -> Vec<&Reply> {
        let found = replies.iter().filter(|reply| reply.address == address);
        found.collect()
    };
    let (live, dead) = (of("alive"), of("dead"));
    println!(
        "{} replies: {} live, {} dead",
        all.len(),
        live.len(),
        dead.len()
    );
    let hard = Some(Severity::Hard);
    for reply in &live {
        assert!(
            !reply.is_suppressed(None),
            "a live address is suppressed by: {}",
            reply.text
        );
    }
    hold(
        "live suppressed when hard, %",
        percent(&live, |reply| reply.is_suppressed(hard)),
        4.5,
    );
    hold(
        "dead missed without a word, %",
        percent(&dead, |reply| !reply.is_suppressed(None)),
        20.0,
    );
    hold(
        "dead missed when hard, %",
        percent(&dead, |reply| !reply.is_suppressed(hard)),
        5.0,
    );
    let wrong = |right: fn(&Verdict, &Reply) -> bool| {
        percent(&all, |reply| !right(&reply.judged(None), reply))
    };
    hold(
        "reason wrong, %",
        wrong(|verdict, reply| {
            reply
                .reasons
                .iter()
                .any(|word| word == verdict.reason.as_str())
        }),
        12.0,
    );
    hold(
        "class wrong, %",
        wrong(|verdict, reply| {
            reply
                .classes
                .iter()
                .any(|word| word == verdict.class.as_str())
        }),
        5.0,
    );
    hold(
        "attribution wrong, %",
        wrong(|verdict, reply| {
            reply
                .attributions
                .iter()
                .any(|word| word == verdict.attribution.as_str())
        }),
        12.0,
    );
}
