#![no_main]
//! A webhook of any provider, as API Gateway hands it over.

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::http(input));
