#![no_main]
//! A webhook of any provider in an API Gateway event.

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::http(input));
