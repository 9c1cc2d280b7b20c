//! A request that its provider did not send so: refused, with no call to AWS.

use jiff::SignedDuration;
use lambda_http::Request;
use normalization::{Provider, ProviderName, SIGNED_TIMESTAMP_TOLERANCE_SECONDS};

use crate::bench::{Bench, SECRETS, now};
use crate::plan::{Forgery, Plan};
use crate::request::{Headers, at_its_path, parse, signed};

/// Sends what the input forges.
pub(crate) fn check<P: Provider>(plan: Plan, forgery: Forgery, rest: &[u8]) {
    let mut body = rest.to_vec();
    let mut headers = signed::<P>(plan, SECRETS[0], rest, now());
    match forgery {
        Forgery::AnyHeaders => {
            let Some((_, any, behind)) = parse(rest) else {
                return;
            };
            (headers, body) = (any, behind.to_vec());
        }
        Forgery::AnotherBody => alter(&mut body, plan.choice()),
        Forgery::Stale if signs_time::<P>(plan) => {
            let seconds = i64::try_from(SIGNED_TIMESTAMP_TOLERANCE_SECONDS).unwrap();
            let away =
                SignedDuration::from_secs(seconds + 1 + i64::try_from(plan.choice()).unwrap());
            headers = signed::<P>(plan, SECRETS[0], rest, now() - away);
        }
        Forgery::AnotherSecret | Forgery::Stale => {
            headers = signed::<P>(plan, "another", rest, now());
        }
        Forgery::Twice => {
            let again = headers
                .iter()
                .rfind(|(name, _)| name.ends_with("-signature"));
            headers.extend(again.cloned());
        }
        Forgery::AnotherDigit => alter_signature(&mut headers, plan.choice()),
        Forgery::AnotherPlace => {
            return check_place::<P>(plan, at_its_path::<P>(&headers, rest, plan.as_text()));
        }
    }
    let request = at_its_path::<P>(&headers, &body, plan.as_text());
    Bench::with(|bench| check_refused::<P>(bench, request));
}

/// Sends what is not authentic.
pub(crate) fn check_refused<P: Provider>(bench: &Bench, request: Request) {
    let answer = bench.receive::<P>(request, false);
    let (status, error) = if P::REFUSAL_IS_FINAL {
        (503, "try again later")
    } else {
        (401, "not authenticated")
    };
    assert_eq!(answer.status, status);
    assert_eq!(
        answer.body["error"], error,
        "one answer, whatever the reason"
    );
    assert_eq!(answer.line["outcome"], "refused");
    assert_eq!(answer.line["Refused"], 1);
    assert!(answer.line["events"].is_null());
    assert_eq!(bench.aws.state().calls, 0, "nobody is asked");
}

fn check_place<P: Provider>(plan: Plan, mut request: Request) {
    let path = format!("/webhooks/{}", P::NAME);
    let other = ProviderName::ALL.iter().find(|name| **name != P::NAME);
    let places = [
        ("GET", path.clone(), 405),
        ("PUT", path.clone(), 405),
        ("post", path.clone(), 405),
        ("POST", "/".to_owned(), 404),
        ("POST", format!("{path}/x"), 404),
        ("POST", path.to_uppercase(), 404),
        ("POST", format!("/webhooks/{}", other.unwrap()), 404),
    ];
    let (method, path, status) = &places[plan.choice() % places.len()];
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = path.parse().unwrap();
    Bench::with(|bench| {
        let answer = bench.receive::<P>(request, plan.announces_all());
        assert_eq!(answer.status, *status);
        assert_eq!(bench.aws.state().calls, 0, "nobody is asked");
    });
}

fn signs_time<P: Provider>(plan: Plan) -> bool {
    match P::NAME {
        ProviderName::Emailit => true,
        ProviderName::Jasni => plan.other_scheme(),
        ProviderName::JetEmail | ProviderName::GetMailer => false,
    }
}

fn alter(body: &mut Vec<u8>, choice: usize) {
    let at = choice.checked_rem(body.len());
    match at {
        Some(at) if choice.is_multiple_of(2) => body[at] ^= 1,
        _ => body.push(b'\n'),
    }
}

fn alter_signature(headers: &mut Headers, choice: usize) {
    let signature = headers
        .iter_mut()
        .find(|(name, _)| name.ends_with("-signature"));
    let (_, value) = signature.expect("every provider signs");
    let at = value.len() - 1 - choice % 64;
    value[at] = if value[at] == b'0' { b'1' } else { b'0' };
}
