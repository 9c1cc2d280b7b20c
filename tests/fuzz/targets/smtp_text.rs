#![no_main]
//! Replies of mail servers and the providers' descriptions of them: the reason for the bounce and the action to take.

use normalization::bounce::{Classification, FailureReport, Severity, classify};
use normalization::{Action, Attribution, BounceClass, BounceReason};

libfuzzer_sys::fuzz_target!(|input: (u8, u16, &str)| {
    let (choice, smtp_code, texts) = input;
    let mut texts = texts.splitn(3, '\0').map(Some);
    let report = FailureReport {
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
    check(&report);
});

fn check(report: &FailureReport<'_>) {
    let verdict = classify(report);
    if verdict.action == Action::Suppress {
        check_suppression(report, &verdict);
    }
    if report.severity == Some(Severity::Soft) {
        assert_eq!(verdict.class, BounceClass::Transient);
    }
    assert!(verdict.smtp_code.is_none_or(|code| (200..600).contains(&code)));
    if let Some(code) = &verdict.enhanced_code {
        let numbers: Vec<u16> = code.split('.').map(|number| number.parse().unwrap()).collect();
        assert!(matches!(numbers[..], [2 | 4 | 5, 0..=7, 0..=999]), "{code}");
    }
    let said = [report.reply, report.explanation].into_iter().flatten();
    let said = said.into_iter().find(|text| !text.trim().is_empty());
    assert_eq!(verdict.diagnostic.as_deref(), said, "as given");
    let mut texts = [report.reply, report.explanation].into_iter().flatten();
    if texts.all(str::is_ascii) {
        assert_eq!(
            meaning(report, str::to_ascii_uppercase),
            meaning(report, str::to_ascii_lowercase),
            "whatever the case of the letters, if they all have the same one"
        );
    }
}

fn check_suppression(report: &FailureReport<'_>, verdict: &Classification) {
    assert_eq!(verdict.class, BounceClass::Permanent, "doubt never suppresses");
    assert!(!matches!(
        verdict.attribution,
        Attribution::Sender | Attribution::Content | Attribution::Infrastructure
    ));
    let is_dead = matches!(
        verdict.reason,
        BounceReason::UserUnknown | BounceReason::DomainUnknown | BounceReason::MailboxDisabled
    );
    assert!(is_dead || report.severity == Some(Severity::Hard));
}

/// The verdict on the report with its texts rewritten.
fn meaning(
    report: &FailureReport<'_>,
    rewritten: impl Fn(&str) -> String,
) -> (BounceClass, BounceReason, Attribution, Action) {
    let [reply, explanation] = [report.reply, report.explanation].map(|text| text.map(&rewritten));
    let verdict =
        classify(&FailureReport { reply: reply.as_deref(), explanation: explanation.as_deref(), ..*report });
    (verdict.class, verdict.reason, verdict.attribution, verdict.action)
}
