#![no_main]
//! What a provider writes where addresses belong.

use normalization::bare_addresses;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let addresses = bare_addresses(text);
    // A text says something, or it is a list that ends without an entry.
    assert!(!addresses.is_empty() || text.trim().is_empty() || text.contains(';'));
    for address in &addresses {
        assert!(!address.is_empty());
        assert_eq!(address.trim(), address);
        assert!(address.len() <= text.len(), "nothing is made up");
    }
    assert!(addresses.len() <= text.len());
    assert_eq!(bare_addresses(&format!("\n {text}\t")), addresses);
});
