#![no_main]
//! A webhook of the provider in `PROVIDER`, from its bytes to the table and the topics.

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(input));
