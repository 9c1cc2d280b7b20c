#![no_main]
//! A webhook of JetEmail, from its bytes to what is in the table and on the topics.

use normalization::JETEMAIL;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(&JETEMAIL, input));
