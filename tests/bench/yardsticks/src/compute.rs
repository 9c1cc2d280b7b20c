//! The work of one webhook without the runtime and the AWS SDK, many times: `compute WORK BODY TIMES`. The body is signed as
//! JetEmail signs. WORK is `hmac` (the HMAC-SHA256 of the body), `event` (verification and normalization) or `announcement`
//! (`event`, and the event as JSON).

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use mimalloc::MiMalloc;
use normalization::providers::JETEMAIL;
use normalization::{Event, SigningSecrets, normalize, sign, verify};
use sha2::Sha256;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SECRET: &str = "whsec_benchmark";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("compute WORK BODY TIMES");
    let (work, body, times) = (argument(), argument(), argument());
    let body = std::fs::read(body).expect("a file");
    let times: usize = times.parse().expect("a number");
    let work: fn(&[u8], &Setting) = match work.as_str() {
        "hmac" => |body, _| hmac(body),
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

fn event(body: &[u8], setting: &Setting) -> Event {
    let headers = setting.headers.iter();
    let headers = headers.map(|(name, value)| (*name, value.as_bytes()));
    let webhook = normalization::Webhook::new(headers, body, Timestamp::UNIX_EPOCH);
    let verified = verify(&JETEMAIL, &webhook, &setting.secrets).expect("it is signed");
    let record = normalize(&verified).next();
    record.expect("one webhook is one event").event
}
