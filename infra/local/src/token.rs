//! Random tokens, required from every caller of the local stack.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// Random bytes of a token: as many as the output of HMAC-SHA-256, so that a token can also be a signing secret
/// (<https://www.rfc-editor.org/rfc/rfc2104#section-3>).
const BYTES: usize = 32;

/// A token, which `Debug` does not show.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow!("the system gives no random bytes for a token: {error}"))?;
        Ok(Self(hex::encode(bytes)))
    }

    /// Its text: hexadecimal digits, unless it was made from another text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether this is it. How long that takes does not depend on how much of it is right.
    pub(crate) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_the_whole_one_is_right() {
        let token = Token::random().unwrap();
        let text = token.text();
        assert_eq!(text.len(), 2 * BYTES);
        assert_ne!(text, Token::random().unwrap().text());
        assert!(token.is(text));
        for wrong in ["", &text[1..], &text[..text.len() - 1], &format!("{text}0")] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert!(!format!("{token:?}").contains(text));
    }
}
