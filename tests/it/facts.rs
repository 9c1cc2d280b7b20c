//! `provider.toml`, which tests and scripts read, agrees with the adapters: both were written from the provider's page.

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;
use mailhooks_tests::facts::facts;
use mailhooks_tests::{files, sign};
use normalization::{EventKey, ProviderName, SigningSecrets};

#[test]
fn the_facts_about_a_provider_are_those_of_its_adapter() {
    for name in ProviderName::ALL.iter().copied() {
        let (facts, provider) = (facts(name), name.provider());
        assert_eq!(facts.drops_on_4xx, provider.drops_on_4xx, "{name}");
        assert_eq!(facts.timeout(), provider.timeout, "{name}");
        let event_key = match (&facts.event_key, &facts.event_key_header) {
            (Some(member), None) => EventKey::Member(member),
            (None, Some(header)) => EventKey::Header(header),
            (None, None) => EventKey::Digest,
            (Some(_), Some(_)) => panic!("{name}: two event keys"),
        };
        assert_eq!(event_key, provider.event_key, "{name}");
        let secrets: SigningSecrets = files::signing_secret(name).parse().unwrap();
        let sent = normalization::sign(provider, secrets.current(), b"{}", Timestamp::UNIX_EPOCH);
        let scheme = &sign::Scheme::of(name)[0];
        let known = scheme.signed_headers().chain(scheme.unsigned_headers.iter().map(String::as_str));
        let known: BTreeSet<&str> = known.collect();
        assert!(sent.iter().all(|(header, _)| known.contains(header)), "{name}: {sent:?}");
    }
}

#[test]
fn the_facts_about_a_provider_are_those_of_its_page_and_the_template() {
    let template = fs::read_to_string(files::root().join("template.yaml")).unwrap();
    for provider in ProviderName::ALL.iter().copied() {
        let name = &facts(provider).name;
        assert_eq!(name.to_lowercase(), provider.as_str());
        assert!(template.contains(&format!("\n  {name}Function:\n")), "{name} in template.yaml");
        let page = fs::read_to_string(files::fixtures(provider).join("README.md")).unwrap();
        for header in sign::Scheme::of(provider).iter().flat_map(sign::Scheme::signed_headers) {
            assert!(page.to_lowercase().contains(header), "{header} on the page of {name}");
        }
        assert!(page.contains(&facts(provider).retries_source), "the page of {name} has the source");
    }
}
