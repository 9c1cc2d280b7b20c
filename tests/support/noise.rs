//! Text that does not compress, like an attachment.

/// Random letters, the same each time.
pub fn noise(length: usize) -> String {
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
