//! Random tokens, which the engines and the page of the local stack require from every caller.

use std::fmt;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// Random bytes of a token: as many as the output of HMAC-SHA-256, so that a token can also be a signing secret
/// (<https://www.rfc-editor.org/rfc/rfc2104#section-3>).
const BYTES: usize = 32;

/// A token. `Debug` does not show it.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct Token(String);

impl Token {
    /// Generates a token. Fails if the system provides no random bytes.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow!("cannot get random bytes for a token: {error}"))?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The token's text: hexadecimal digits if it was generated.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether the given text equals the token, compared in constant time.
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
