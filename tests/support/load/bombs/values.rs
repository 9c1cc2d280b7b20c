//! Parts of bombs.

pub(super) fn text(inside: &str) -> String {
    format!(r#""{inside}""#)
}

pub(super) fn nested(open: &str, close: &str, levels: usize) -> String {
    [open.repeat(levels), close.repeat(levels)].concat()
}

/// This number of members, without braces.
pub(super) fn members(count: usize) -> String {
    (0..count).map(|number| format!(r#""m{number}":{number}"#)).collect::<Vec<_>>().join(",")
}

/// A list of this number of recipients, as a member after a comma.
pub(super) fn recipients(count: usize) -> String {
    let addresses = (0..count).map(|number| format!(r#""p{number}@example.org""#));
    format!(r#","to":[{}]"#, addresses.collect::<Vec<_>>().join(","))
}
