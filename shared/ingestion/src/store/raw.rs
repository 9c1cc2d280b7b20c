//! Raw payloads in the table: compressed, and split into parts if one item cannot hold them.

use std::cell::Cell;
use std::io::{Read, Write};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use normalization::Record;

use super::StoreError;

/// Bytes of compressed raw payload beside its event. An item takes 400 KB
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>), an event up to 200.
const MAX_INLINE: usize = 180 * 1024;
/// Bytes of one part of a larger payload: 400 KB less the longest keys.
const PART: usize = 380 * 1024;

/// The provider's bytes, to be stored. They are compressed once, on first use: the events of a report on several recipients share them.
pub struct RawPayload<'r> {
    raw: &'r [u8],
    compressed: OnceLock<Vec<u8>>,
    digest: OnceLock<String>,
}

impl<'r> RawPayload<'r> {
    /// The raw payload of a record, and of every record derived from the same bytes.
    pub fn of(record: &Record<'r>) -> Self {
        Self { raw: record.raw, compressed: OnceLock::new(), digest: OnceLock::new() }
    }

    pub(super) fn compressed(&self) -> &[u8] {
        self.compressed.get_or_init(|| compress(self.raw))
    }

    pub(super) fn needs_parts(&self) -> bool {
        self.compressed().len() > MAX_INLINE
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.compressed().chunks(PART)
    }

    /// Names the parts, so that another body under the same event key writes other parts.
    pub(super) fn digest(&self) -> &str {
        self.digest.get_or_init(|| normalization::digest(self.raw))
    }
}

thread_local! {
    /// The compressor of the last payload, reused because clearing and freeing its third of a megabyte costs as much as the work.
    static COMPRESSOR: Cell<Option<ZlibEncoder<Vec<u8>>>> = const { Cell::new(None) };
}

/// zlib (RFC 1950), which every language reads, at its default level: the longer results of the fastest level cost more in storage.
fn compress(raw: &[u8]) -> Vec<u8> {
    // Taken out while in use, so that a compressor that panicked is never reused.
    let mut encoder =
        COMPRESSOR.take().unwrap_or_else(|| ZlibEncoder::new(Vec::new(), Compression::default()));
    let compressed = encoder
        .write_all(raw)
        .and_then(|()| encoder.reset(Vec::new()))
        .expect("writing to memory does not fail");
    COMPRESSOR.set(Some(encoder));
    compressed
}

pub(super) fn decompress(raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(raw).read_to_end(&mut bytes).map_err(|_| StoreError::unreadable("raw"))?;
    Ok(bytes)
}
