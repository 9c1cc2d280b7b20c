//! Expensive members, by their position. Each has a display name, and JSON that begins with a comma.

use normalization::ProviderName;

use super::values::{members, nested, recipients, text};
use crate::load::Plan;

/// Tokens that occur in address fields.
const ADDRESSES: [&str; 15] = [
    "(",
    "<",
    ",",
    ":",
    ";",
    "@",
    "a b ",
    "a@b,",
    "a;",
    "a:b;",
    "=?utf-8?q?a?= ",
    r#"\""#,
    r"\\",
    r"\n",
    "é ",
];

/// Words that occur in SMTP replies.
const REPLIES: [&str; 5] = ["550 5.1.1 ", r"550-5.1.1 mailbox full\r\n", "user unknown ", "4", "#5.1.1 "];

/// Members of an event's data.
pub(super) fn of_resource(provider: ProviderName, plan: &Plan) -> Vec<(String, String)> {
    let Plan { bomb, largest, .. } = *plan;
    let (reply, time, collection) = match provider {
        ProviderName::Emailit => ("smtp_response", "updated_at", "meta"),
        _ => ("response", "score", "rules"),
    };
    let mut bombs = Vec::new();
    for member in ["x", "to", collection] {
        bombs.extend(collections(member, bomb));
    }
    for member in ["uid", "id", "to", "subject", time, reply, "x"] {
        bombs.extend(scalars(member, bomb));
    }
    for token in ADDRESSES {
        let name = format!("addresses of {token:?}");
        bombs.push(member(&name, "to", &text(&token.repeat(bomb * 10 / token.len()))));
    }
    for words in REPLIES {
        let name = format!("a reply of {words:?}");
        bombs.push(member(&name, reply, &text(&words.repeat(bomb * 10 / words.len()))));
    }
    bombs.push(member("recipients beyond number", "", &recipients(bomb)));
    bombs.push(member("members of the resource", "", &format!(",{}", members(bomb))));
    bombs.extend(filling(collection, largest - 200));
    bombs
}

/// Members of an event itself.
pub(super) fn of_event(provider: ProviderName, plan: &Plan) -> Vec<(String, String)> {
    let bomb = plan.bomb;
    let key = match provider {
        ProviderName::Emailit => "event_id",
        _ => "id",
    };
    let mut bombs = Vec::new();
    for member in [key, "type", "created_at"] {
        bombs.extend(scalars(member, bomb));
        bombs.extend(collections(member, bomb));
    }
    let ids = format!(r#","{key}":"evt_1""#).repeat(bomb);
    bombs.extend([
        member("members of the event", "", &format!(",{}", members(bomb))),
        member("event keys", "", &format!(r#"{ids},"{key}":"evt_last""#)),
        member("names that are lone surrogates", "", &r#","\ud800":1"#.repeat(bomb)),
    ]);
    bombs
}

/// One member; without a name, `value` already consists of members.
fn member(name: &str, member: &str, value: &str) -> (String, String) {
    if member.is_empty() {
        (name.to_owned(), value.to_owned())
    } else {
        (format!("{name} in {member}"), format!(r#","{member}":{value}"#))
    }
}

fn collections(of: &str, bomb: usize) -> [(String, String); 6] {
    let objects = nested(r#"{"a":"#, "}", bomb).replace(":}", ":1}");
    [
        ("lists in lists", nested("[", "]", bomb)),
        ("objects in objects", objects),
        ("objects in lists", nested(r#"[{"a":"#, "}]", bomb).replace(":}", ":1}")),
        ("elements", format!("[{}1]", "1,".repeat(bomb))),
        ("members", format!("{{{}}}", members(bomb))),
        ("equal members", format!(r#"{{{}"a":1}}"#, r#""a":[1],"#.repeat(bomb))),
    ]
    .map(|(name, value)| member(name, of, &value))
}

fn scalars(of: &str, bomb: usize) -> [(String, String); 6] {
    let decimals = format!("-0.{}e-{}", "7".repeat(bomb), "9".repeat(bomb));
    [
        ("1e400000", "1e400000".to_owned()),
        ("many digits", "7".repeat(bomb)),
        ("many decimals", decimals),
        ("a long text", text(&"a".repeat(bomb * 10))),
        ("lone surrogates", text(&r"\ud800".repeat(bomb))),
        ("control characters", text(&r"\u0000\u001b".repeat(bomb))),
    ]
    .map(|(name, value)| member(name, of, &value))
}

/// Values that fill a body, made of the parts that need the most memory per byte.
fn filling(collection: &str, bytes: usize) -> Vec<(String, String)> {
    let filled = |part: &str| part.repeat(bytes / part.len());
    let addresses = ["a;", "a:b;", "a@b,"].map(|part| ("to", part, text(&filled(part))));
    let elements = ["1,", "[1],", r#"{"a":1},"#];
    let elements = elements.map(|part| (part, format!(r#"{{"a":[{}1]}}"#, filled(part))));
    let elements = elements.map(|(part, value)| (collection, part, value));
    let lists = ["to", collection].map(|of| (of, "1,", format!("[{}1]", filled("1,"))));
    let all = addresses.into_iter().chain(elements).chain(lists);
    all.map(|(of, part, value)| member(&format!("a body full of {part:?}"), of, &value)).collect()
}
