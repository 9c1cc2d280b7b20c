//! The bounce classifier on the real replies of fixtures/smtp-replies: the format of the files, and its accuracy.
//! Accuracy may only improve: a change that improves it also raises the limit.

use std::collections::BTreeSet;
use std::fs;

use mailhooks_tests::files;
use normalization::bounce::{Classification, FailureReport, Severity, classify};
use normalization::{Action, Attribution, BounceClass, BounceReason};
use serde_json::{Map, Value};

struct Reply {
    text: String,
    address: String,
    classes: Vec<String>,
    reasons: Vec<String>,
    attributions: Vec<String>,
}

impl Reply {
    fn judged(&self, severity: Option<Severity>) -> Classification {
        classify(&FailureReport { severity, reply: Some(&self.text), ..FailureReport::default() })
    }

    fn is_suppressed(&self, severity: Option<Severity>) -> bool {
        self.judged(severity).action == Action::Suppress
    }
}

/// Each line of each file, with its location.
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
    let texts = members.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
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

const MEMBERS: [&str; 9] =
    ["text", "source", "date", "lang", "address", "class", "reasons", "attribution", "note"];

#[test]
fn each_line_has_the_documented_format() {
    let mut seen = BTreeSet::new();
    for (place, members) in lines() {
        let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_known = |name: &String| MEMBERS.contains(&name.as_str());
        assert!(members.keys().all(is_known), "{place}: a member");
        assert!(!text("text").trim().is_empty(), "{place}: text");
        assert!(text("source").starts_with("http"), "{place}: source");
        assert!(["19", "20"].contains(&text("date").get(..2).unwrap_or_default()), "{place}: date");
        assert_eq!(text("lang").len(), 2, "{place}: lang");
        assert!(["dead", "alive", "unknown"].contains(&text("address")), "{place}: address");
        for (name, known) in labels() {
            let given = texts(&members, name);
            assert!(!given.is_empty(), "{place}: {name}");
            let is_known = |word: &String| known.contains(&word.as_str());
            assert!(given.iter().all(is_known), "{place}: {name}");
        }
        assert!(seen.insert(text("text").to_owned()), "{place}: twice");
    }
    assert!(seen.len() >= 500, "{}", seen.len());
}

/// The lists of accepted words.
fn labels() -> [(&'static str, Vec<&'static str>); 3] {
    let classes = BounceClass::ALL.iter().map(|word| word.as_str());
    let reasons = BounceReason::ALL.iter().map(|word| word.as_str());
    let attributions = Attribution::ALL.iter().map(|word| word.as_str());
    [("class", classes.collect()), ("reasons", reasons.collect()), ("attribution", attributions.collect())]
}

/// The percentage for which a condition holds.
fn percent<T: Copy>(all: &[T], holds: impl Fn(T) -> bool) -> f64 {
    let held = all.iter().filter(|one| holds(**one)).count();
    let count = |count: usize| f64::from(u32::try_from(count).unwrap());
    100.0 * count(held) / count(all.len())
}

#[expect(clippy::print_stdout, reason = "the figures are to be seen")]
fn hold(name: &str, figure: f64, most: f64) {
    println!("{name}: {figure:.1} (limit {most:.1})");
    assert!(figure <= most, "{name}: {figure:.1}, more than {most:.1}");
}

#[test]
fn the_figures_hold() {
    let replies = replies();
    let of =
        |address: &str| -> Vec<&Reply> { replies.iter().filter(|reply| reply.address == address).collect() };
    let (live, dead) = (of("alive"), of("dead"));
    for reply in &live {
        let text = &reply.text;
        assert!(!reply.is_suppressed(None), "a live address is suppressed by: {text}");
    }
    let hard = Some(Severity::Hard);
    let suppressed = percent(&live, |reply| reply.is_suppressed(hard));
    hold("live suppressed when hard, %", suppressed, 2.0);
    let missed = percent(&dead, |reply| !reply.is_suppressed(None));
    hold("dead missed without a word, %", missed, 14.0);
    let missed = percent(&dead, |reply| !reply.is_suppressed(hard));
    hold("dead missed when hard, %", missed, 4.0);
}

#[test]
fn the_labels_are_met() {
    let replies = replies();
    let all: Vec<_> = replies.iter().collect();
    let wrong = |accepted: fn(&Reply) -> &[String], word: fn(&Classification) -> &'static str| {
        percent(&all, |reply| {
            let word = word(&reply.judged(None));
            !accepted(reply).iter().any(|accepted| accepted == word)
        })
    };
    hold("reason wrong, %", wrong(|reply| &reply.reasons, |verdict| verdict.reason.as_str()), 4.0);
    hold("class wrong, %", wrong(|reply| &reply.classes, |verdict| verdict.class.as_str()), 2.0);
    let attributions = wrong(|reply| &reply.attributions, |verdict| verdict.attribution.as_str());
    hold("attribution wrong, %", attributions, 4.0);
}
