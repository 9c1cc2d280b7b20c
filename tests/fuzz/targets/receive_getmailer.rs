#![no_main]
//! A webhook of GetMailer, from its bytes to what is in the table and on the topics.

use normalization::GETMAILER;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(&GETMAILER, input));
