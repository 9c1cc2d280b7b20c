//! Correctly signed bodies that are expensive to process: deep, wide, long, with many parts, or invalid JSON.

mod members;
mod values;

use normalization::ProviderName;

use crate::load::Plan;
use crate::load::posts::{Expected, Post, Seal};
use crate::noise::noise;
use values::{members, nested, recipients, text};

/// Every bomb for a provider, with the events that must be stored.
pub fn all(provider: ProviderName, plan: &Plan) -> Vec<Post> {
    let of_resource = members::of_resource(provider, plan).into_iter();
    let of_event = members::of_event(provider, plan).into_iter();
    let mut posts: Vec<Post> = of_resource
        .map(|(name, members)| (name, members, String::new(), 1))
        .chain(of_event.map(|(name, members)| (name, String::new(), members, 1)))
        .chain(told_apart(provider, plan))
        .zip(0..)
        .map(|((name, resource, event, copies), number)| {
            let mut post = bounce(provider, number, &resource, &event);
            post.name = name;
            post.events[0].copies = copies;
            post
        })
        .collect();
    posts.extend(bodies(plan));
    posts.extend(arrays(provider, plan));
    posts
}

/// Members of reports on several recipients, which become an event for each.
fn told_apart(provider: ProviderName, plan: &Plan) -> impl Iterator<Item = (String, String, String, usize)> {
    let most = plan.recipients;
    let objects = |count: usize| format!(r#","meta":{{"a":[{}]}}"#, small_objects(count));
    let filled = |bytes: usize| format!(r#","x":"{}""#, noise(bytes));
    let long = match provider {
        ProviderName::Emailit => objects(HELD / 2),
        _ => format!(r#","rules":[{}1]"#, "1,".repeat(2_000)),
    };
    [
        ("recipients", most, String::new()),
        ("recipients, and as much as is carried", most, long),
        ("recipients, and more than is carried", most, objects(HELD)),
        ("recipients of 60 KB", most, filled(60_000)),
        ("recipients of 1 MB", 8, filled(1_000_000)),
        ("recipients of half a body", 2, filled(plan.largest / 2)),
    ]
    .into_iter()
    .map(|(name, copies, members)| (name.to_owned(), recipients(copies) + &members, String::new(), copies))
}

/// Values that an event copies from the sender's metadata.
const HELD: usize = 990;

fn small_objects(count: usize) -> String {
    [r#"{"a":1},"#.repeat(count - 1).as_str(), r#"{"a":1}"#].concat()
}

/// A report with additional members, each after a comma. They come last, because the last of a repeated member counts.
fn bounce(provider: ProviderName, number: usize, of_resource: &str, of_event: &str) -> Post {
    let to = format!("person{number}@example.org");
    let event = match provider {
        ProviderName::Emailit => format!(
            r#"{{"event_id":"evt_{number}","type":"email.bounced","data":{{"object":{{"id":"em_{number}","to":"{to}"{of_resource}}}}}{of_event}}}"#
        ),
        // The type whose adapter reads the most members.
        _ => format!(
            r#"{{"id":"evt_{number}","type":"outbound.spam","data":{{"uid":"m_{number}","to":"{to}"{of_resource}}}{of_event}}}"#
        ),
    };
    // An event of unknown type is stored but not announced.
    let events = vec![Expected::once(event.as_bytes(), !of_event.contains(r#""type":"#))];
    let body = match provider {
        ProviderName::Emailit => format!("[{event}]"),
        _ => event,
    };
    genuine("", body.into_bytes(), events)
}

/// Bodies that are not split into events: each is one event, kept unchanged.
fn bodies(plan: &Plan) -> impl Iterator<Item = Post> {
    let Plan { bomb, largest, .. } = *plan;
    let object = |inside: &str| format!(r#"{{"x":{inside}}}"#).into_bytes();
    let elements = |count: usize| format!("[{}1]", "1,".repeat(count)).into_bytes();
    let bodies = [
        ("as deep as a body can be", object(&nested("[", "]", largest / 2 - 10))),
        ("opening brackets", "[".repeat(largest).into_bytes()),
        ("opening braces", r#"{"a":"#.repeat(largest / 5).into_bytes()),
        ("the longest text", object(&text(&"a".repeat(largest - 10)))),
        ("the longest text of escapes", object(&text(&r"\u2028".repeat(largest / 6 - 2)))),
        ("the longest number", object(&"7".repeat(largest - 10))),
        ("noise", object(&text(&noise(largest - 10)))),
        ("bytes that are not text", no_text(largest)),
        ("as many members as a body can have", object(&format!("{{{}}}", members(largest / 18)))),
        ("more elements than are taken apart", elements(bomb)),
        ("as many elements as a body can have", elements(largest / 2 - 2)),
    ];
    bodies.into_iter().map(|(name, body)| {
        let events = vec![Expected::once(&body, false)];
        genuine(name, body, events)
    })
}

/// Begins like JSON, as JetEmail's receiver requires.
fn no_text(length: usize) -> Vec<u8> {
    let noise = noise(length - 10);
    let bytes = noise.bytes().map(|byte| byte ^ 0x80);
    let (before, after) = (b"{\"x\":\"".iter(), b"\"}".iter());
    before.copied().chain(bytes).chain(after.copied()).collect()
}

/// Arrays that are split into events.
fn arrays(provider: ProviderName, plan: &Plan) -> Vec<Post> {
    let small = (0..plan.events).map(|number| format!(r#"{{"{provider}":{number}}}"#));
    let rich = small_objects(HELD / 2);
    let rich = (0..plan.events).map(|number| {
        let meta = format!(r#""meta":{{"a":[{rich}]}}"#);
        format!(r#"{{"event_id":"rich_{number}","type":"email.delivered","data":{{"object":{{{meta}}}}}}}"#)
    });
    let large = noise(plan.largest / 24 - 30);
    let large = (0..24).map(|number| format!(r#"{{"x":"{number}{large}"}}"#));
    [
        ("a list in a list", vec![nested("[", "]", plan.largest / 2 - 10)]),
        ("small events", small.collect()),
        ("events that carry as much as they can", rich.collect()),
        ("24 large events of noise", large.collect()),
    ]
    .map(|(name, elements)| {
        let body = format!("[{}]", elements.join(",")).into_bytes();
        let events = elements.iter().map(|element| Expected::once(element.as_bytes(), false));
        genuine(name, body, events.collect())
    })
    .into()
}

fn genuine(name: &str, body: Vec<u8>, events: Vec<Expected>) -> Post {
    Post { name: name.to_owned(), body, events, seal: Seal::Genuine }
}
