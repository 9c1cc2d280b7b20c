//! Bounce classification: why a delivery failed, whether a retry can help, and what the sender should do. It is based
//! on the provider's word, the codes and the texts.
//!
//! `bounce/phrases.tsv` lists the phrases that servers use, `bounce/codes.rs` the meanings of the codes, and
//! `bounce/rules.rs` the rules that decide. In doubt, a recipient is not suppressed unless the provider says *hard*.

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

/// Whether the provider calls a failure permanent or temporary.
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

/// Everything that a provider reports about a failed delivery. Texts are as received, of any length and content.
#[derive(Clone, Copy, Default)]
pub struct FailureReport<'a> {
    /// The provider's word, if it sends one.
    pub severity: Option<Severity>,
    /// A reply code from a separate field. Ignored unless it is from 200 to 599.
    pub smtp_code: Option<u16>,
    /// An enhanced code from a separate field. Ignored if it is invalid.
    pub enhanced_code: Option<&'a str>,
    /// The remote server's reply, or the best text available. Becomes `diagnostic`.
    pub reply: Option<&'a str>,
    /// The provider's explanation besides the reply. Searched for signals; becomes `diagnostic` only if there is no
    /// reply.
    pub explanation: Option<&'a str>,
}

/// The class, reason, attribution and action of a failure, with the evidence for them.
pub struct Classification {
    /// Whether a retry can help.
    pub class: BounceClass,
    /// Why the mail was not delivered.
    pub reason: BounceReason,
    /// Who is responsible for the failure.
    pub attribution: Attribution,
    /// What the sender should do.
    pub action: Action,
    /// The reply code (RFC 5321), from its field or found in the texts.
    pub smtp_code: Option<u16>,
    /// The enhanced status code (RFC 3463), from its field or found in the texts.
    pub enhanced_code: Option<String>,
    /// The reply, or the explanation if there is no reply: as received, and not cut.
    pub diagnostic: Option<String>,
    /// The phrase or code that determined the reason, if one did.
    pub decided_by: Option<Decider>,
}

/// The phrase or code that determined the reason of a failure.
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

/// Loads the phrases of mail servers, which the first reply would otherwise do. Called during a start-up that has a
/// whole processor.
pub fn load() {
    phrases::load();
}

/// Classifies a failure.
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

/// The text, unless it is only white space.
fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
