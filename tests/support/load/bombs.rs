//! Bodies that are correctly signed and made to hurt: deep, wide, long, many, or no JSON at all.

mod members;
mod values;

use normalization::ProviderName;

use crate::load::Plan;
use crate::load::posts::{Expected, Post, Seal};
use values::{members, nested, noise, recipients, text};

/// Every bomb for a provider, with what must be stored of it.
pub fn all(provider: ProviderName, plan: &Plan) -> Vec<Post> {
    let of_resource = members::of_resource(provider, plan).into_iter();
    let of_event = members::of_event(provider, plan).into_iter();
    let told_apart = plan.recipients / share(provider);
    let many = recipients(told_apart);
    let mut posts: Vec<Post> = of_resource
        .map(|(name, members)| (name, members, String::new(), 1))
        .chain(of_event.map(|(name, members)| (name, String::new(), members, 1)))
        // Told apart: an event for each.
        .chain([("recipients".to_owned(), many, String::new(), told_apart)])
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

/// Where the provider hangs up after 10 s, the embedded table would take too long for so many events in one webhook.
fn share(provider: ProviderName) -> usize {
    match provider {
        ProviderName::JetEmail => 5,
        _ => 1,
    }
}

/// A report with more members, each with a comma before it. They come last, and of a repeated member the last counts.
fn bounce(provider: ProviderName, number: usize, of_resource: &str, of_event: &str) -> Post {
    let to = format!("person{number}@example.org");
    let event = match provider {
        ProviderName::Emailit => format!(
            r#"{{"event_id":"evt_{number}","type":"email.bounced","data":{{"object":{{"id":"em_{number}","to":"{to}"{of_resource}}}}}{of_event}}}"#
        ),
        // The type of which most members are read.
        _ => format!(
            r#"{{"id":"evt_{number}","type":"outbound.spam","data":{{"uid":"m_{number}","to":"{to}"{of_resource}}}{of_event}}}"#
        ),
    };
    // What has no type that is known is kept, and not announced.
    let due = !of_event.contains(r#""type":"#);
    let events = vec![Expected::once(event.as_bytes(), due)];
    let body = match provider {
        ProviderName::Emailit => format!("[{event}]"),
        _ => event,
    };
    genuine("", body.into_bytes(), events)
}

/// Bodies that are no array that is taken apart: each is one event, kept as it is.
fn bodies(plan: &Plan) -> impl Iterator<Item = Post> {
    let Plan { bomb, largest, .. } = *plan;
    let object = |inside: &str| format!(r#"{{"x":{inside}}}"#).into_bytes();
    let elements = |count: usize| format!("[{}1]", "1,".repeat(count)).into_bytes();
    let bodies = [
        (
            "as deep as a body can be",
            object(&nested("[", "]", largest / 2 - 10)),
        ),
        ("opening brackets", "[".repeat(largest).into_bytes()),
        (
            "opening braces",
            r#"{"a":"#.repeat(largest / 5).into_bytes(),
        ),
        ("the longest text", object(&text(&"a".repeat(largest - 10)))),
        (
            "the longest text of escapes",
            object(&text(&r"\u2028".repeat(largest / 6 - 2))),
        ),
        ("the longest number", object(&"7".repeat(largest - 10))),
        ("noise", object(&text(&noise(largest - 10)))),
        (
            "bytes that are no text",
            noise(largest).bytes().map(|byte| byte ^ 0x80).collect(),
        ),
        (
            "as many members as a body can have",
            object(&format!("{{{}}}", members(largest / 18))),
        ),
        (
            "more elements than are taken apart",
            elements(bomb.max(10_001)),
        ),
        (
            "as many elements as a body can have",
            elements(largest / 2 - 2),
        ),
    ];
    bodies.into_iter().map(|(name, body)| {
        let events = vec![Expected::once(&body, false)];
        genuine(name, body, events)
    })
}

/// Arrays that are taken apart.
fn arrays(provider: ProviderName, plan: &Plan) -> Vec<Post> {
    let small =
        (0..plan.events / share(provider)).map(|number| format!(r#"{{"{provider}":{number}}}"#));
    let large = noise(plan.largest / 24 - 30);
    let large = (0..24).map(|number| format!(r#"{{"x":"{number}{large}"}}"#));
    [
        (
            "a list in a list",
            vec![nested("[", "]", plan.largest / 2 - 10)],
        ),
        ("small events", small.collect()),
        ("24 large events of noise", large.collect()),
    ]
    .map(|(name, elements)| {
        let body = format!("[{}]", elements.join(",")).into_bytes();
        let events = elements
            .iter()
            .map(|element| Expected::once(element.as_bytes(), false));
        genuine(name, body, events.collect())
    })
    .into()
}

fn genuine(name: &str, body: Vec<u8>, events: Vec<Expected>) -> Post {
    Post {
        name: name.to_owned(),
        body,
        events,
        seal: Seal::Genuine,
    }
}
