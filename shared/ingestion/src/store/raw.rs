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
/// Bytes from which the time of compression is felt.
const LARGE: usize = 64 * 1024;
/// Bytes by which a larger payload is judged.
const SAMPLE: usize = 8 * 1024;

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

/// zlib (RFC 1950), which every language reads. At its default level, because the longer results of the fastest level cost more in
/// writes and storage than they save in computing. Large payloads that are mostly an attachment at the fastest, because no level makes
/// Base64 shorter.
fn compress(raw: &[u8]) -> Vec<u8> {
    if raw.len() > LARGE && is_dense(raw) {
        return deflate(ZlibEncoder::new(Vec::new(), Compression::fast()), raw).0;
    }
    // Taken out while in use, so that a compressor that panicked is never reused.
    let encoder = COMPRESSOR.take().unwrap_or_else(|| ZlibEncoder::new(Vec::new(), Compression::default()));
    let (compressed, encoder) = deflate(encoder, raw);
    COMPRESSOR.set(Some(encoder));
    compressed
}

fn deflate(mut encoder: ZlibEncoder<Vec<u8>>, raw: &[u8]) -> (Vec<u8>, ZlibEncoder<Vec<u8>>) {
    let compressed = encoder
        .write_all(raw)
        .and_then(|()| encoder.reset(Vec::new()))
        .expect("writing to memory does not fail");
    (compressed, encoder)
}

/// Whether most of a large payload is an attachment in Base64, of which compression saves only the encoding: a quarter. Judged by
/// a sample from its middle, so the text of a payload with both may be stored at the fastest level.
fn is_dense(raw: &[u8]) -> bool {
    let sample = raw.chunks(SAMPLE).nth(raw.len() / SAMPLE / 2).unwrap_or(raw);
    let (compressed, _) = deflate(ZlibEncoder::new(Vec::new(), Compression::fast()), sample);
    compressed.len() > sample.len() / 10 * 7
}

pub(super) fn decompress(raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(raw).read_to_end(&mut bytes).map_err(|_| StoreError::unreadable("raw"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    /// The bits of a zlib header that name the level: 0 for the fastest (RFC 1950, section 2.2).
    fn level(compressed: &[u8]) -> u8 {
        compressed[1] >> 6
    }

    fn attachment(bytes: usize) -> Vec<u8> {
        let mut noise = 1_u64;
        let noise = std::iter::repeat_with(|| {
            // Knuth's MMIX generator.
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            noise.to_be_bytes()[0]
        });
        let noise: Vec<u8> = noise.take(bytes / 4 * 3).collect();
        base64::engine::general_purpose::STANDARD.encode(noise).into_bytes()
    }

    #[test]
    fn a_large_attachment_is_compressed_at_the_fastest_level() {
        let text = "A line of a mail that says much the same as all the others. ".repeat(3_000).into_bytes();
        for (raw, fastest) in
            [(&attachment(LARGE + 4), true), (&attachment(LARGE - 4), false), (&text, false)]
        {
            let compressed = compress(raw);
            assert_eq!(level(&compressed) == 0, fastest, "{} bytes", raw.len());
            assert_eq!(&decompress(&compressed).unwrap(), raw);
            let (by_default, _) = deflate(ZlibEncoder::new(Vec::new(), Compression::default()), raw);
            assert!(compressed.len() <= by_default.len(), "{} bytes", raw.len());
        }
    }
}
