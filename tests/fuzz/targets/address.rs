#![no_main]
//! Texts of providers in address fields.

use normalization::{bare_addresses, lookup_form};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let addresses = bare_addresses(text);
    for address in &addresses {
        let (local, domain) = address.rsplit_once('@').unwrap();
        assert!(!local.is_empty() && !domain.is_empty());
        assert_eq!(address.trim(), address);
        assert!(address.len() <= text.len(), "nothing is made up");
        assert_eq!(bare_addresses(address), [address.as_str()], "an address is one, whole");
        let form = lookup_form(address);
        assert_eq!(lookup_form(&form), form);
    }
    assert!(addresses.len() <= text.len());
    assert_eq!(bare_addresses(&format!("\n {text}\t")), addresses);
});
