//! `provider.toml`, which tests and scripts read, says what the adapters do: both were written from the provider's page.

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;
use mailhooks_tests::facts::facts;
use mailhooks_tests::{files, sign};
use normalization::{Provider, ProviderName, ProviderVisitor, SigningSecrets};

struct Adapter;

impl ProviderVisitor for Adapter {
    type Output = ();

    fn visit<P: Provider>(self) {
        let facts = facts(P::NAME);
        assert_eq!(facts.drops_on_4xx, P::REFUSAL_IS_FINAL, "{}", P::NAME);
        assert_eq!(facts.timeout(), P::TIMEOUT, "{}", P::NAME);
        assert_eq!(facts.event_key.as_deref(), P::EVENT_KEY, "{}", P::NAME);
        let secrets: SigningSecrets = files::signing_secret(P::NAME).parse().unwrap();
        let sent = P::headers(secrets.current(), b"{}", Timestamp::UNIX_EPOCH);
        let scheme = &sign::Scheme::of(P::NAME)[0];
        let known = scheme.signed_headers().chain(scheme.unsigned_headers.iter().map(String::as_str));
        let known: BTreeSet<&str> = known.collect();
        assert!(sent.iter().all(|(name, _)| known.contains(name)), "{}: {sent:?}", P::NAME);
    }
}

#[test]
fn the_facts_about_a_provider_are_those_of_its_adapter() {
    for provider in ProviderName::ALL {
        provider.visit(Adapter);
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
        let schemes = sign::Scheme::of(provider).iter();
        for header in schemes.flat_map(sign::Scheme::signed_headers) {
            assert!(page.to_lowercase().contains(header), "{header} on the page of {name}");
        }
        assert!(page.contains(&facts(provider).retries_source), "the page of {name} has the source");
    }
}
