//! A request that differs from what its provider sent: rejected without a call to AWS.

use jiff::SignedDuration;
use lambda_http::Request;
use normalization::{Provider, SIGNED_TIMESTAMP_TOLERANCE_SECONDS};

use crate::bench::{Bench, SECRETS, now};
use crate::facts::{drops_on_4xx, scheme, signs_a_timestamp};
use crate::plan::{Forgery, Plan};
use crate::request::{Headers, at_its_path, parse, signed};

pub(crate) fn check(provider: &'static Provider, plan: Plan, forgery: Forgery, rest: &[u8]) {
    let mut body = rest.to_vec();
    let mut headers = signed(provider, plan, SECRETS[0], rest, now());
    match forgery {
        Forgery::AnyHeaders => {
            let Some((_, any, behind)) = parse(rest) else {
                return;
            };
            (headers, body) = (any, behind.to_vec());
        }
        Forgery::AnotherBody => alter(&mut body, plan.choice()),
        Forgery::Stale if signs_a_timestamp(scheme(provider.name, plan).0) => {
            let seconds = i64::try_from(SIGNED_TIMESTAMP_TOLERANCE_SECONDS).unwrap();
            let away = SignedDuration::from_secs(seconds + 1 + i64::try_from(plan.choice()).unwrap());
            headers = signed(provider, plan, SECRETS[0], rest, now() - away);
        }
        Forgery::AnotherSecret | Forgery::Stale => {
            headers = signed(provider, plan, "whsec_YW5vdGhlcg==", rest, now());
        }
        Forgery::Twice => {
            headers.extend(headers.iter().rfind(|(name, _)| name.ends_with("-signature")).cloned());
        }
        Forgery::AnotherDigit => alter_signature(&mut headers, plan.choice()),
        Forgery::AnotherMethod => {
            return check_method(provider, plan, at_its_path(provider, &headers, rest, plan.as_text()));
        }
    }
    let request = at_its_path(provider, &headers, &body, plan.as_text());
    Bench::with(|bench| check_refused(provider, bench, request));
}

/// Sends a forged request.
pub(crate) fn check_refused(provider: &'static Provider, bench: &Bench, request: Request) {
    let is_signed = request.headers().keys().any(|name| name.as_str().contains("signature"));
    let answer = bench.receive(provider, request, false);
    let (status, error) =
        if drops_on_4xx(provider.name) { (503, "try again later") } else { (401, "not authenticated") };
    assert_eq!(answer.status, status);
    assert_eq!(answer.body["error"], error, "one answer, whatever the reason");
    let (outcome, metric) = if is_signed { ("refused", "Refused") } else { ("unsigned", "Unsigned") };
    assert_eq!(answer.line["outcome"], outcome);
    assert_eq!(answer.line[metric], 1);
    assert!(answer.line["events"].is_null());
    assert!(bench.aws.calls().is_empty(), "no call to AWS");
}

fn check_method(provider: &'static Provider, plan: Plan, mut request: Request) {
    let methods = ["GET", "PUT", "post", "HEAD"];
    *request.method_mut() = methods[plan.choice() % methods.len()].parse().unwrap();
    Bench::with(|bench| {
        assert_eq!(bench.receive(provider, request, plan.announces_all()).status, 405);
        assert!(bench.aws.calls().is_empty(), "no call to AWS");
    });
}

fn alter(body: &mut Vec<u8>, choice: usize) {
    let at = choice.checked_rem(body.len());
    match at {
        Some(at) if choice.is_multiple_of(2) => body[at] ^= 1,
        _ => body.push(b'\n'),
    }
}

fn alter_signature(headers: &mut Headers, choice: usize) {
    let signature = headers.iter_mut().find(|(name, _)| name.ends_with("-signature"));
    let (_, value) = signature.expect("every provider signs");
    // In Base64, skip the last digit of the digest, some of whose bits are unused, and the padding.
    let at = value.len() - 3 - choice % 40;
    value[at] = if value[at] == b'0' { b'1' } else { b'0' };
}
