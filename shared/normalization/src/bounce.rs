//! Bounce classification: why a delivery failed, whether trying again can help, and what the sender should do. It follows
//! from the provider's word, the codes and the texts.
//!
//! `bounce/phrases.tsv` has the words that servers use, `bounce/codes.rs` what the codes mean, `bounce/rules.rs`
//! what follows. Doubt never suppresses unless the provider says *hard*.

mod codes;
mod findings;
mod letters;
mod phrases;
mod reply;
mod rules;
mod signals;
mod text;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::event::{Action, Attribution, BounceClass, BounceReason};
use findings::Findings;
use reply::EnhancedCode;

/// The provider's own word for how final a failure is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// Permanent.
    Hard,
    /// Temporary.
    Soft,
}

impl Severity {
    /// Reads a provider's word in any usual spelling: `Permanent`, `hard_bounce`, ` Hard `, `Transient`.
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let mut parts = word.split(|letter: char| !letter.is_ascii_alphabetic());
        parts.find_map(|part| match part {
            "hard" | "hardbounce" | "permanent" | "perm" => Some(Self::Hard),
            "soft" | "softbounce" | "transient" | "temporary" | "temp" => Some(Self::Soft),
            _ => None,
        })
    }
}

/// Everything a provider says about a failed delivery. Texts are as given, of any length and content.
#[derive(Clone, Copy, Default)]
pub struct FailureReport<'a> {
    /// The provider's word, where it has one.
    pub severity: Option<Severity>,
    /// A reply code given apart from the text. Outside 200 to 599 it is no reply code and is ignored.
    pub smtp_code: Option<u16>,
    /// An enhanced code given apart from the text. Ignored where it is not one.
    pub enhanced_code: Option<&'a str>,
    /// The remote server's reply, or the best text there is: becomes `diagnostic`.
    pub reply: Option<&'a str>,
    /// The provider's explanation beside it: read for signals; becomes `diagnostic` only where there is no
    /// reply.
    pub explanation: Option<&'a str>,
}

/// Class, reason, attribution and action of a failure, and what they follow from.
pub struct Classification {
    /// Whether trying again can help.
    pub class: BounceClass,
    /// Why the mail was not delivered.
    pub reason: BounceReason,
    /// Who is responsible for the failure.
    pub attribution: Attribution,
    /// What the sender should do.
    pub action: Action,
    /// The reply code (RFC 5321), given apart or found in the texts.
    pub smtp_code: Option<u16>,
    /// The enhanced status code (RFC 3463), given apart or found in the texts.
    pub enhanced_code: Option<String>,
    /// The reply, or the explanation where there is none: as given, and not cut.
    pub diagnostic: Option<String>,
    /// The phrase or the code that named the reason, if one did.
    pub decided_by: Option<Decider>,
}

/// The phrase or the code that named the reason of a failure.
#[derive(Clone, Copy)]
pub struct Decider(findings::Source);

impl fmt::Display for Decider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            findings::Source::Phrase(phrase) => write!(formatter, "{phrase}"),
            findings::Source::Enhanced(code) => write!(formatter, "{code}"),
            findings::Source::Reply(code) => write!(formatter, "{code}"),
        }
    }
}

/// Reads the phrases of mail servers, which else the first reply does: for a start-up that has a whole processor.
pub fn load() {
    phrases::load();
}

/// Class, reason, attribution and action of a failure.
pub fn classify(report: &FailureReport<'_>) -> Classification {
    let texts = [present(report.reply), present(report.explanation)];
    let mut findings = Findings::default();
    findings.codes.smtp.extend(report.smtp_code.filter(|code| reply::SMTP_CODES.contains(code)));
    findings.codes.enhanced.extend(report.enhanced_code.and_then(reply::enhanced_code));
    for text in texts.into_iter().flatten() {
        findings.add_text(text);
    }
    findings.add_codes();

    let (cause, source) = findings.cause();
    let (class, action) = rules::decide(report.severity, cause.weight, &findings);
    Classification {
        class,
        reason: cause.reason,
        attribution: cause.attribution,
        action,
        smtp_code: findings.codes.smtp.first().copied(),
        enhanced_code: findings.codes.enhanced.first().map(EnhancedCode::to_string),
        diagnostic: texts.into_iter().flatten().next().map(str::to_owned),
        decided_by: source.map(Decider),
    }
}

/// A text of white space says nothing.
fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
