//! Why a delivery failed, whether trying again can help, and what the sender should do: judged from the
//! provider's word, the codes and the texts.
//!
//! Codes speak first (RFC 3463), then the text, and either can veto: a sign that the failure is temporary,
//! or the sender's own, outweighs a sign in the other that the address is dead. Doubt never suppresses.

mod codes;
#[rustfmt::skip] // as many phrases a line as fit
mod phrases;
mod reply;
mod search;
mod sorted;
mod texts;

#[cfg(test)]
mod tests;

use crate::vocabulary::{Action, Attribution, BounceClass, BounceReason};
use reply::{Codes, EnhancedCode};

/// The provider's own word for how final a failure is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// Permanent.
    Hard,
    /// Temporary.
    Soft,
}

/// Everything a provider says about a failed delivery. Texts are as given, of any length and content.
#[derive(Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The provider's word, where it has one.
    pub severity: Option<Severity>,
    /// A reply code given apart from the text. Outside 200 to 599 it is no reply code and is ignored.
    pub smtp_code: Option<u16>,
    /// An enhanced code given apart from the text. Ignored where it is not one.
    pub enhanced_code: Option<&'a str>,
    /// The remote server's reply, or the best text there is: becomes `diagnostic`.
    pub reply: Option<&'a str>,
    /// The provider's explanation beside it: read for signs; becomes `diagnostic` only where there is no
    /// reply.
    pub explanation: Option<&'a str>,
}

/// What the evidence comes to.
pub struct Verdict {
    /// Whether trying again can help.
    pub class: BounceClass,
    /// Why the mail was not delivered.
    pub reason: BounceReason,
    /// At whose door the reason lies.
    pub attribution: Attribution,
    /// What the sender should do.
    pub action: Action,
    /// The reply code (RFC 5321), given apart or found in the texts.
    pub smtp_code: Option<u16>,
    /// The enhanced status code (RFC 3463), given apart or found in the texts.
    pub enhanced_code: Option<String>,
    /// The reply, or the explanation where there is none: as given, and not cut.
    pub diagnostic: Option<String>,
}

/// Class, reason, attribution and action of a failure.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> Verdict {
    let texts = [present(evidence.reply), present(evidence.explanation)];
    let mut codes = Codes {
        smtp: evidence
            .smtp_code
            .filter(|code| reply::SMTP_CODES.contains(code))
            .into_iter()
            .collect(),
        enhanced: evidence
            .enhanced_code
            .and_then(reply::enhanced_code)
            .into_iter()
            .collect(),
    };
    let mut signs = Signs::default();
    for text in texts.into_iter().flatten() {
        let head = texts::head(text);
        codes.extend(reply::codes(&head));
        signs.hear(&texts::read(&head));
    }
    signs.read(&codes);

    let sign = signs.weightiest();
    let class = class(evidence.severity, sign.reason, &signs);
    Verdict {
        class,
        reason: sign.reason,
        attribution: sign.attribution,
        action: action(evidence.severity, sign, class),
        smtp_code: codes.smtp.first().copied(),
        enhanced_code: codes.enhanced.first().map(EnhancedCode::to_string),
        diagnostic: texts.into_iter().flatten().next().map(str::to_owned),
    }
}

/// A text of white space says nothing.
fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// A reason, and at whose door it lies: what one code or one text says.
#[derive(Clone, Copy)]
struct Sign {
    reason: BounceReason,
    attribution: Attribution,
}

impl Sign {
    /// The reason with the attribution that it has unless something says otherwise.
    const fn of(reason: BounceReason) -> Self {
        use BounceReason as Reason;
        let attribution = match reason {
            Reason::UserUnknown
            | Reason::DomainUnknown
            | Reason::MailboxFull
            | Reason::MailboxDisabled => Attribution::Recipient,
            Reason::Policy | Reason::SpamReputation | Reason::AuthFailure | Reason::RateLimited => {
                Attribution::Sender
            }
            Reason::SpamContent | Reason::MessageTooLarge | Reason::Virus => Attribution::Content,
            Reason::Network
            | Reason::Expired
            | Reason::Greylisted
            | Reason::RelayDenied
            | Reason::Syntax => Attribution::Infrastructure,
            Reason::Other | Reason::Unknown => Attribution::Unknown,
        };
        Self {
            reason,
            attribution,
        }
    }

    /// What is more, wins; among equals what was said first. Above: what is transient whatever the code
    /// says, then what is the sender's own to mend (a general policy after its kinds), then what passes,
    /// then a dead address: that is the veto.
    const fn weight(self) -> u8 {
        use BounceReason as Reason;
        match self.reason {
            Reason::MailboxFull | Reason::Greylisted | Reason::RateLimited => 6,
            Reason::Virus
            | Reason::SpamContent
            | Reason::SpamReputation
            | Reason::AuthFailure
            | Reason::MessageTooLarge
            | Reason::RelayDenied => 5,
            Reason::Policy => 4,
            Reason::Network | Reason::Expired => 3,
            Reason::UserUnknown | Reason::DomainUnknown | Reason::MailboxDisabled => 2,
            Reason::Syntax | Reason::Other => 1,
            Reason::Unknown => 0,
        }
    }

    const fn address_is_dead(self) -> bool {
        self.weight() == 2
    }
}

/// All the signs of one failure: of each kind the weightiest, and among equals what was said first.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own")]
struct Signs {
    from_codes: Option<Sign>,
    from_texts: Option<Sign>,
    /// What a code means where nothing says more; the first counts.
    by_default: Option<Sign>,
    /// A code that begins with 4.
    temporary_code: bool,
    /// A code that begins with 5.
    permanent_code: bool,
    /// Words such as "try again later".
    temporary_words: bool,
    /// A text says something, whether or not we know what.
    explained: bool,
}

impl Signs {
    fn read(&mut self, codes: &Codes) {
        let enhanced = codes
            .enhanced
            .iter()
            .map(|code| (u16::from(code.class), codes::enhanced(*code)));
        let smtp = codes
            .smtp
            .iter()
            .map(|code| (code / 100, codes::smtp(*code)));
        for (class, meaning) in enhanced.chain(smtp) {
            self.temporary_code |= class == 4;
            self.permanent_code |= class == 5;
            match meaning {
                Some(codes::Meaning::Precise(sign)) => {
                    self.from_codes = weightier(self.from_codes, Some(sign));
                }
                Some(codes::Meaning::Vague(sign)) => {
                    self.by_default = self.by_default.or(Some(sign));
                }
                None => {}
            }
        }
    }

    fn hear(&mut self, text: &texts::Signs) {
        self.from_texts = weightier(self.from_texts, text.sign);
        self.temporary_words |= text.temporary;
        self.explained |= text.explains;
    }

    fn weightiest(&self) -> Sign {
        let unmatched = if self.explained {
            BounceReason::Other
        } else {
            BounceReason::Unknown
        };
        weightier(self.from_codes, self.from_texts)
            .or(self.by_default)
            .unwrap_or(Sign::of(unmatched))
    }
}

/// The first, unless the second weighs more.
fn weightier(first: Option<Sign>, second: Option<Sign>) -> Option<Sign> {
    match (first, second) {
        (Some(one), Some(other)) if other.weight() <= one.weight() => first,
        _ => second.or(first),
    }
}

fn class(severity: Option<Severity>, reason: BounceReason, signs: &Signs) -> BounceClass {
    use BounceReason as Reason;
    let temporary = signs.temporary_code || signs.temporary_words;
    match (reason, severity) {
        (Reason::MailboxFull | Reason::Greylisted | Reason::RateLimited, _)
        | (_, Some(Severity::Soft))
        | (Reason::Network, None) => BounceClass::Transient,
        (_, Some(Severity::Hard)) => BounceClass::Permanent,
        // The words that go with it are of the attempts, not of the giving up.
        (Reason::Expired, None) if signs.permanent_code && !signs.temporary_code => {
            BounceClass::Permanent
        }
        (Reason::Expired, None) => BounceClass::Transient,
        _ if temporary => BounceClass::Transient,
        _ if signs.permanent_code || Sign::of(reason).address_is_dead() => BounceClass::Permanent,
        _ => BounceClass::Undetermined,
    }
}

/// The first that fits. An enhanced code X.7.x needs no line of its own: it is a sign of policy at least,
/// which only a sign of something transient outweighs.
fn action(severity: Option<Severity>, sign: Sign, class: BounceClass) -> Action {
    use BounceReason as Reason;
    let counts = matches!(
        sign.reason,
        Reason::MailboxFull
            | Reason::Greylisted
            | Reason::RateLimited
            | Reason::Network
            | Reason::Expired
    );
    let ours_to_mend = matches!(
        sign.attribution,
        Attribution::Sender | Attribution::Content | Attribution::Infrastructure
    );
    let dead = sign.address_is_dead() && class == BounceClass::Permanent;
    match severity {
        _ if counts => Action::Count,
        _ if ours_to_mend => Action::Investigate,
        Some(Severity::Hard) => Action::Suppress,
        None if dead => Action::Suppress,
        Some(Severity::Soft) | None => Action::Count,
    }
}
