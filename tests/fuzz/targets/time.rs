#![no_main]
//! Texts of providers in time fields.

use jiff::Timestamp;
use normalization::parse_time;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let read = parse_time(text);
    if let Some(time) = read {
        assert!(time > Timestamp::UNIX_EPOCH && time.as_second() < 253_402_300_800, "{time}");
        assert_eq!(parse_time(&time.to_string()), read, "what is written can be read");
        assert_eq!(time.to_string().find('-'), Some(4), "a year has four digits");
    }
    assert_eq!(parse_time(&format!(" {text}\n")), read);
});
