#![no_main]
//! A webhook of the provider that `PROVIDER` names, from its bytes to what is in the table and on the topics.

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(input));
