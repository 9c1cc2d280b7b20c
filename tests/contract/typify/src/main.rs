//! Reads each line of standard input as an event of the generated types, and checks that nothing is lost. The first
//! argument is the number of lines.

use std::io::stdin;

use serde_json::Value;

typify::import_types!("../../../target/contract/event.schema.json");

fn main() {
    let expected: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap();
    let mut count = 0;
    for line in stdin().lines() {
        let line = line.unwrap();
        let event: Event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let read: Value = serde_json::to_value(&event).unwrap();
        let written: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["data"]["type"], written["data"]["type"]);
        assert_eq!(read["data"]["recipient"], written["data"]["recipient"]);
        count += 1;
    }
    assert_eq!(count, expected);
    println!("typify: {count} events");
}
