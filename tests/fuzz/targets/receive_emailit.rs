#![no_main]
//! A webhook of Emailit, from its bytes to what is in the table and on the topics.

use normalization::EMAILIT;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(&EMAILIT, input));
