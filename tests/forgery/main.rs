//! The forgery suite: derives from every authentic request the requests that an attacker without the signing secret could
//! construct. Each is rejected with the usual answer, and nothing is written to the table or published to a topic.
//! Parts that the provider does not sign or may spell differently are tested too: those requests must be accepted.
//!
//! A trial is one kind of forgery against one provider. A failure names the fixture and what was done to it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails, and says what it did"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use libtest_mimic::{Arguments, Trial};
use mailhooks_local::samples::Fixture;
use mailhooks_tests::files;
use mailhooks_tests::sign::Scheme;
use mailhooks_tests::target::{Delivery, Target};
use normalization::ProviderName;

mod bodies;
mod headers;
mod keys;
mod schemes;
mod splices;
mod taken;
mod timestamps;

type Kind = fn(&Attack);

/// The slowest kinds first, so that no processor is idle at the end.
const KINDS: &[(&str, Kind)] = &[
    ("body_changed", bodies::changed),
    ("body_cut", bodies::cut),
    ("signature_of_another_scheme", schemes::other_schemes),
    ("signed_header_altered", headers::altered),
    ("signed_header_cut_or_extended", headers::cut_or_extended),
    ("signed_header_with_white_space", headers::white_space),
    ("signed_header_like_null", headers::like_null),
    ("signed_header_missing", headers::missing),
    ("signed_header_doubled", headers::doubled),
    ("body_reshaped", bodies::reshaped),
    ("signed_by_another_provider", schemes::other_providers),
    ("signed_with_another_secret", keys::other_secrets),
    ("secrets_are_used_as_they_are", keys::shapes),
    ("authentic_is_taken", taken::authentic),
    ("unsigned_headers_are_free", taken::unsigned_headers),
    ("spellings_are_taken", taken::spellings),
    ("old_and_new_secret_are_taken", taken::both_secrets),
];

/// For schemes that sign a timestamp.
const KINDS_WITH_A_TIMESTAMP: &[(&str, Kind)] = &[
    ("timestamp_within_the_window", timestamps::window),
    ("timestamp_out_of_range", timestamps::texts),
    ("timestamp_and_body_spliced", splices::at_another_dot),
];

/// For schemes whose header may contain several signatures.
const KINDS_WITH_SEVERAL: &[(&str, Kind)] = &[("several_signatures", taken::several_signatures)];

/// For a provider with two schemes, one of which signs a timestamp: Jasni.
const KINDS_WITH_TWO_SCHEMES: &[(&str, Kind)] = &[
    ("signing_input_as_the_body", splices::signing_input_as_the_body),
    ("one_scheme_under_the_others_header", splices::other_header),
];

/// The numbers of requests that were rejected and accepted as expected.
static TALLY: Mutex<BTreeMap<ProviderName, (u64, u64)>> = Mutex::new(BTreeMap::new());

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut add = |kinds: &[(&str, Kind)], is_of: fn(&[Scheme]) -> bool| {
        for (name, kind) in kinds {
            let providers = ProviderName::ALL.iter().filter(|one| is_of(Scheme::of(**one)));
            trials.extend(providers.map(|one| trial(*one, name, *kind)));
        }
    };
    add(KINDS, |_| true);
    add(KINDS_WITH_A_TIMESTAMP, |schemes| schemes.iter().any(Scheme::signs_a_timestamp));
    add(KINDS_WITH_SEVERAL, |schemes| schemes.iter().any(|one| one.further_signature.is_some()));
    add(KINDS_WITH_TWO_SCHEMES, |schemes| schemes.len() > 1);
    let conclusion = libtest_mimic::run(&arguments, trials);
    report();
    conclusion.exit();
}

fn report() {
    let tally = TALLY.lock().unwrap();
    for (provider, (refused, accepted)) in tally.iter() {
        println!("{provider}: {refused} forged requests tried, and {accepted} authentic ones");
    }
    if !tally.is_empty() {
        let refused: u64 = tally.values().map(|(refused, _)| refused).sum();
        println!("all: {refused} forged requests tried; {}", bodies::coverage());
    }
}

fn trial(provider: ProviderName, name: &str, kind: Kind) -> Trial {
    Trial::test(format!("{provider}/{name}"), move || {
        let attack = Attack::start(provider, &files::signing_secret(provider));
        kind(&attack);
        // A kind that finds no request to test would always pass.
        assert_ne!(attack.target.tally(), (0, 0), "nothing was tried");
        Ok(())
    })
}

/// A receiver, and the data that an attacker has; also the secret, for requests that must be accepted.
struct Attack {
    provider: ProviderName,
    secret: String,
    target: Target,
    /// The accepted fixtures, unchanged.
    sent: Vec<Authentic>,
    /// Their bodies, signed again in each scheme of the provider, in the plainest spelling.
    resigned: Vec<Authentic>,
}

/// An accepted request before it is altered.
struct Authentic {
    name: String,
    scheme: &'static Scheme,
    /// The time of receipt in seconds; in requests that are signed again, also the signed timestamp.
    timestamp: String,
    delivery: Delivery,
}

impl Attack {
    /// Creates an attack on a receiver with these secrets, of which the first signs.
    fn start(provider: ProviderName, secrets: &str) -> Self {
        let secret = secrets.split([',', '\n']).next().unwrap().trim().to_owned();
        let fixtures: Vec<Fixture> = files::all_accepted(provider).collect();
        let mut resigned = Vec::new();
        for scheme in Scheme::of(provider) {
            let fixtures = fixtures.iter().filter(|one| takes(scheme, &one.body));
            resigned.extend(fixtures.map(|one| Authentic::resigned(one, scheme, &secret)));
        }
        Self {
            provider,
            target: Target::start(provider, secrets),
            secret,
            sent: fixtures.iter().map(Authentic::sent).collect(),
            resigned,
        }
    }

    /// Expects a rejection for one of the reasons.
    fn refuses(&self, case: &Authentic, delivery: &Delivery, reasons: &[&str], what: impl Fn() -> String) {
        self.target.refuses(delivery, reasons, || case.named(&what()));
    }

    /// Expects acceptance.
    fn accepts(&self, case: &Authentic, delivery: &Delivery, what: impl Fn() -> String) {
        self.target.accepts(delivery, || case.named(&what()));
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        let (refused, accepted) = self.target.tally();
        let mut tally = TALLY.lock().unwrap();
        let sums = tally.entry(self.provider).or_default();
        *sums = (sums.0 + refused, sums.1 + accepted);
    }
}

impl Authentic {
    fn sent(fixture: &Fixture) -> Self {
        let delivery = Delivery::of(fixture);
        let schemes = Scheme::of(fixture.provider).iter().rev();
        let mut schemes = schemes.filter(|one| delivery.value(&one.signature_header).is_some());
        let scheme = schemes.next().unwrap();
        Self { name: fixture.name.clone(), scheme, timestamp: fixture.now.as_second().to_string(), delivery }
    }

    fn resigned(fixture: &Fixture, scheme: &'static Scheme, secret: &str) -> Self {
        let mut delivery = Delivery::of(fixture);
        for scheme in Scheme::of(fixture.provider) {
            delivery = delivery.without(&scheme.signature_header);
        }
        let timestamp = fixture.now.as_second().to_string();
        let headers = scheme.headers(&scheme.key(secret), &timestamp, &fixture.body);
        Self { name: fixture.name.clone(), scheme, timestamp, delivery: delivery.with_all(&headers) }
    }

    /// The digest, as it is written in requests that are signed again.
    fn digest(&self) -> String {
        self.value(&self.scheme.signature_header)[self.scheme.value(&self.timestamp, "").len()..].to_owned()
    }

    fn value(&self, name: &str) -> String {
        String::from_utf8(self.delivery.value(name).unwrap().to_vec()).unwrap()
    }

    /// The same request with another text instead of the digest.
    fn with_digest(&self, digest: &str) -> Delivery {
        self.delivery.with(&self.scheme.signature_header, self.scheme.value(&self.timestamp, digest))
    }

    /// The same request, signed with another key or over another spelling of a time.
    fn signed(&self, key: &[u8], timestamp: &str) -> Delivery {
        self.delivery.with_all(&self.scheme.headers(key, timestamp, &self.delivery.body))
    }

    fn named(&self, what: &str) -> String {
        format!("{} ({}): {what}", self.name, self.scheme.signature_header)
    }
}

/// Whether the scheme is accepted over this body.
fn takes(scheme: &Scheme, body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    !scheme.only_json || matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The reason for a rejection, as logged.
mod reason {
    pub(crate) const BODY_NOT_JSON: &str = "body_not_json";
    pub(crate) const MALFORMED: &str = "signature_malformed";
    pub(crate) const MISMATCH: &str = "signature_mismatch";
    pub(crate) const MISSING: &str = "signature_missing";
    pub(crate) const TIMESTAMP_MALFORMED: &str = "timestamp_malformed";
    pub(crate) const TIMESTAMP_MISSING: &str = "timestamp_missing";
    pub(crate) const TIMESTAMP_STALE: &str = "timestamp_stale";
}
