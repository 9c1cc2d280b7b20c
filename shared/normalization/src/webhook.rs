//! The request as received, before it is verified.

use jiff::Timestamp;

use crate::{Redacted, Rejection};

/// A webhook as received: the headers, the exact bytes of the body, and the time of receipt. It is not verified.
#[derive(Debug)]
pub struct Webhook<'w> {
    headers: Redacted<Vec<(&'w str, &'w [u8])>>,
    pub(crate) body: Redacted<&'w [u8]>,
    pub(crate) received_at: Timestamp,
}

impl<'w> Webhook<'w> {
    /// Creates a webhook from its header lines (a repeated header has several), its body without any transport
    /// encoding, and the time of receipt.
    pub fn new(
        headers: impl IntoIterator<Item = (&'w str, &'w [u8])>,
        body: &'w [u8],
        received_at: Timestamp,
    ) -> Self {
        Self { headers: Redacted(headers.into_iter().collect()), body: Redacted(body), received_at }
    }

    /// Whether the header was sent, even if it is empty.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The value of a header, without surrounding white space. A repeated header is rejected: a proxy, the provider
    /// and this crate may each read a different one of the two.
    pub(crate) fn header(
        &self,
        name: &str,
        missing: Rejection,
        malformed: Rejection,
    ) -> Result<&'w str, Rejection> {
        let mut values = self.values(name);
        let value = values.next().ok_or(missing)?;
        match (std::str::from_utf8(value), values.next()) {
            (Ok(text), None) => Ok(text.trim_matches([' ', '\t'])),
            _ => Err(malformed),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'w [u8]> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}
