//! Checks the sample of every line of `phrases.tsv`.

use std::collections::HashSet;

use super::findings::{Findings, Source};
use super::phrases::{self, Phrase};
use super::signals::Signal;
use super::words::words;

struct Line {
    phrase: &'static str,
    signal: &'static str,
    sample: String,
    source: &'static str,
    date: &'static str,
}

fn lines() -> impl Iterator<Item = Line> {
    let file = include_str!("phrases.tsv");
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        let [phrase, signal, sample, source, date] = fields[..] else {
            panic!("expected five fields: {line}");
        };
        Line { phrase, signal, sample: sample.replace("\\n", "\n"), source, date }
    })
}

/// The phrase that decides among all phrases. Codes are ignored, since a code may decide otherwise.
fn decider(sample: &str) -> Option<String> {
    let mut findings = Findings::default();
    findings.add_text(sample);
    match findings.cause().1? {
        Source::Phrase(phrase) => Some(phrase.to_string()),
        Source::Enhanced(_) | Source::Reply(_) => None,
    }
}

fn found_in(sample: &str) -> Vec<&'static Phrase> {
    let words = words(sample);
    let in_words = phrases::find(&words).into_iter().map(|found| found.phrase);
    in_words.chain(phrases::in_hosts(&words)).collect()
}

#[test]
fn every_phrase_has_a_sample_that_it_decides() {
    let mut wrong = Vec::new();
    for line in lines() {
        let phrase = line.phrase.trim_start_matches("host:");
        let found = found_in(&line.sample);
        let Some(signal) = found.iter().find(|one| one.to_string() == phrase).map(|one| one.signal) else {
            wrong.push(format!("{phrase}: not found in {:?}", line.sample));
            continue;
        };
        let decides = matches!(signal, Signal::Cause(_) | Signal::Hint(_));
        if decides && decider(&line.sample).as_deref() != Some(phrase) {
            wrong.push(format!(
                "{phrase} ({}): {:?} decided {:?}",
                line.signal,
                decider(&line.sample),
                line.sample
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_line_is_well_formed() {
    let mut seen = HashSet::new();
    for line in lines() {
        let phrase = line.phrase;
        if !phrase.starts_with("host:") {
            let parts: Vec<_> = phrase.split(" … ").map(|part| words(part).text).collect();
            assert_eq!(phrase, parts.join(" … "), "the phrase is not written as it is read");
            assert!(parts.iter().all(|part| part.len() > 1), "{phrase}: a part has only one letter");
        }
        assert!(
            line.sample.len() > 2 && line.sample.len() <= 1_024,
            "{phrase}: the sample is too short or long"
        );
        let is_page = line.source.starts_with("https://") && !line.source.contains("/search?");
        assert!(is_page, "{phrase}: the source is not the URL of a page or file");
        assert!(line.date.starts_with("20") && line.date.len() >= 4, "{phrase}: the date is invalid");
        assert!(seen.insert(phrase), "{phrase} occurs twice");
    }
    assert!(seen.len() > 500, "{}", seen.len());
}

#[test]
fn the_file_is_sorted_by_signal_and_phrase() {
    let lines: Vec<_> = lines().map(|line| (line.signal, line.phrase)).collect();
    let misplaced: Vec<_> = lines.windows(2).filter(|pair| pair[0] >= pair[1]).collect();
    assert!(misplaced.is_empty(), "{misplaced:?}");
}

#[test]
fn words_are_read_from_machine_words_and_not_from_hosts() {
    for (text, expected) in [
        ("550-5.1.1 User\r\n550 5.1.1 unknown", "user 5.1.1 unknown"),
        ("MailboxFull", "mailbox full"),
        ("mailbox_full", "mailbox full"),
        ("quota-issues", "quota issues"),
        ("QUEUE.Expired; gone", "queue . expired . gone"),
        ("unknown.Please try", "unknown . please try"),
        ("<spam@quota.example>: x.y mx.virus.example", ""),
        ("see http://spam.example/virus?full=1, thanks", "see thanks"),
        ("e-mail doesn't cannot", "email does not can not"),
        ("Empfänger Łódź Пользователь", "empfanger lodz пользователь"),
        ("550 ...\u{2014}gone!", "gone ."),
    ] {
        assert_eq!(words(text).text, expected, "{text}");
    }
}
