#![no_main]
//! Replies of mail servers, and what providers say of them: why a mail bounced, and what to do.

use normalization::bounce::{Evidence, Severity, Verdict, judge};
use normalization::{Action, Attribution, BounceClass, BounceReason};

libfuzzer_sys::fuzz_target!(|input: (u8, u16, &str)| {
    let (choice, smtp_code, texts) = input;
    let mut texts = texts.splitn(3, '\0').map(Some);
    let evidence = Evidence {
        severity: match choice % 3 {
            0 => None,
            1 => Some(Severity::Hard),
            _ => Some(Severity::Soft),
        },
        smtp_code: (choice & 0x80 != 0).then_some(smtp_code),
        reply: texts.next().flatten(),
        explanation: texts.next().flatten(),
        enhanced_code: texts.next().flatten(),
    };
    check(&evidence);
});

fn check(evidence: &Evidence<'_>) {
    let verdict = judge(evidence);
    if verdict.action == Action::Suppress {
        check_suppression(evidence, &verdict);
    }
    if evidence.severity == Some(Severity::Soft) {
        assert_eq!(verdict.class, BounceClass::Transient);
    }
    assert!(verdict.smtp_code.is_none_or(|code| (200..600).contains(&code)));
    if let Some(code) = &verdict.enhanced_code {
        let numbers: Vec<u16> = code.split('.').map(|number| number.parse().unwrap()).collect();
        assert!(matches!(numbers[..], [2 | 4 | 5, 0..=7, 0..=999]), "{code}");
    }
    let said = [evidence.reply, evidence.explanation].into_iter().flatten();
    let said = said.into_iter().find(|text| !text.trim().is_empty());
    assert_eq!(verdict.diagnostic.as_deref(), said, "as given");
    let mut texts = [evidence.reply, evidence.explanation].into_iter().flatten();
    if texts.all(str::is_ascii) {
        assert_eq!(
            meaning(evidence, str::to_ascii_uppercase),
            meaning(evidence, str::to_ascii_lowercase),
            "whatever the case of the letters, if they all have the same one"
        );
    }
}

fn check_suppression(evidence: &Evidence<'_>, verdict: &Verdict) {
    assert_eq!(verdict.class, BounceClass::Permanent, "doubt never suppresses");
    assert!(!matches!(
        verdict.attribution,
        Attribution::Sender | Attribution::Content | Attribution::Infrastructure
    ));
    let is_dead = matches!(
        verdict.reason,
        BounceReason::UserUnknown | BounceReason::DomainUnknown | BounceReason::MailboxDisabled
    );
    assert!(is_dead || evidence.severity == Some(Severity::Hard));
}

/// The verdict on the evidence with its texts rewritten.
fn meaning(
    evidence: &Evidence<'_>,
    rewritten: impl Fn(&str) -> String,
) -> (BounceClass, BounceReason, Attribution, Action) {
    let [reply, explanation] = [evidence.reply, evidence.explanation].map(|text| text.map(&rewritten));
    let verdict =
        judge(&Evidence { reply: reply.as_deref(), explanation: explanation.as_deref(), ..*evidence });
    (verdict.class, verdict.reason, verdict.attribution, verdict.action)
}
