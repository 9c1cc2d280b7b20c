//! What bombs are made of.

pub(super) fn text(inside: &str) -> String {
    format!(r#""{inside}""#)
}

pub(super) fn nested(open: &str, close: &str, levels: usize) -> String {
    [open.repeat(levels), close.repeat(levels)].concat()
}

/// So many members, without braces.
pub(super) fn members(count: usize) -> String {
    (0..count).map(|number| format!(r#""m{number}":{number}"#)).collect::<Vec<_>>().join(",")
}

/// A list of so many recipients, as a member with a comma before it.
pub(super) fn recipients(count: usize) -> String {
    let addresses = (0..count).map(|number| format!(r#""p{number}@example.org""#));
    format!(r#","to":[{}]"#, addresses.collect::<Vec<_>>().join(","))
}

/// Letters that do not compress, the same each time.
pub(super) fn noise(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    let mut state = 88_172_645_463_325_252_u64;
    let letter = |_| {
        // Xorshift (Marsaglia 2003, https://doi.org/10.18637/jss.v008.i14).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(LETTERS[usize::from(state.to_le_bytes()[0] % 64)])
    };
    (0..length).map(letter).collect()
}
