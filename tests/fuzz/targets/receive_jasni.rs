#![no_main]
//! A webhook of Jasni, from its bytes to what is in the table and on the topics.

use normalization::JASNI;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mailhooks_fuzz::receive(&JASNI, input));
