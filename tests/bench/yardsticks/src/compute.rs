//! The arithmetic of one webhook, many times: `compute WHAT BODY TIMES`, signed and named as JetEmail's. What to do is `nothing`,
//! `hmac` (the HMAC-SHA256 of the body), `floor` (that, and one reading of the members that an event is made of, in place: nobody can
//! do with less), `event` (verification and normalization), or `announcement` (that, and the event as JSON).

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use mimalloc::MiMalloc;
use normalization::providers::JETEMAIL;
use normalization::{Event, SigningSecrets, normalize, sign, verify};
use serde::Deserialize;
use sha2::Sha256;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SECRET: &str = "whsec_benchmark";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("compute WHAT BODY TIMES");
    let (what, body, times) = (argument(), argument(), argument());
    let body = std::fs::read(body).expect("a file");
    let times: usize = times.parse().expect("a number");
    let work: fn(&[u8], &Setting) = match what.as_str() {
        "nothing" => |_, _| {},
        "hmac" => |body, _| hmac(body),
        "floor" => |body, _| {
            hmac(body);
            black_box(serde_json::from_slice::<Webhook>(body).expect("what the driver writes"));
        },
        "event" => |body, setting| {
            black_box(event(body, setting));
        },
        _ => |body, setting| {
            black_box(serde_json::to_string(&event(body, setting)).is_ok());
        },
    };
    let secrets: SigningSecrets = SECRET.parse().expect("a secret");
    let setting =
        Setting { headers: sign(&JETEMAIL, secrets.current(), &body, Timestamp::UNIX_EPOCH), secrets };
    for _ in 0..times {
        work(black_box(&body), black_box(&setting));
    }
}

struct Setting {
    secrets: SigningSecrets,
    headers: Vec<(&'static str, String)>,
}

fn hmac(body: &[u8]) {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(body);
    black_box(mac.finalize());
}

/// What an event is made of.
#[derive(Deserialize)]
#[expect(dead_code, reason = "reading it is what is counted")]
struct Webhook<'w> {
    id: &'w str,
    r#type: &'w str,
    created_at: &'w str,
    #[serde(borrow)]
    data: Data<'w>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading it is what is counted")]
struct Data<'w> {
    uid: &'w str,
    from: &'w str,
    to: &'w str,
    subject: &'w str,
    bounce_type: &'w str,
    response: &'w str,
    mx: &'w str,
    ip: &'w str,
}

fn event(body: &[u8], setting: &Setting) -> Event {
    let headers = setting.headers.iter();
    let headers = headers.map(|(name, value)| (*name, value.as_bytes()));
    let webhook = normalization::Webhook::new(headers, body, Timestamp::UNIX_EPOCH);
    let verified = verify(&JETEMAIL, &webhook, &setting.secrets).expect("it is signed");
    let record = normalize(&verified).next();
    record.expect("one webhook is one event").event
}
