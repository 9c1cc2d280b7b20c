//! Size limits of an event, whatever its webhook contains.
//!
//! SNS accepts messages of up to 256 KiB, and DynamoDB items of up to 400 KB, which hold the raw payload too. An
//! event has about 25 texts, 5 lists and 3 objects; with these limits the largest event has about 190 KiB.

/// Bytes of one text, as JSON. A subject line has at most 998 (RFC 5322, section 2.1.1), a line of an SMTP reply 512
/// (RFC 5321, section 4.5.3.1.5), and URLs rarely have more than 2,048.
pub(crate) const MAX_TEXT: usize = 2_048;

/// Bytes of one list or one object, as JSON: more than a hundred addresses, which is the number of recipients that a
/// server must accept (RFC 5321, section 4.5.3.1.8).
pub(crate) const MAX_COLLECTION: usize = 16_384;

/// Entries of one list, and values in one object: more than any sender attaches to a mail. A small entry takes a
/// hundred times its length in memory.
pub(crate) const MAX_ENTRIES: usize = 1_000;

/// Entries of a list, and values of an object that is passed on, that are read: one more than fits into an event, so
/// that an excess is detected. This bounds the memory that the largest body can take.
pub(crate) const ENTRIES_READ: usize = MAX_ENTRIES + 1;

/// Levels of objects and lists in the sender's own data. DynamoDB allows 32 in total; the event around the data and
/// the tools that read it need some of them.
pub(crate) const MAX_DEPTH: usize = 16;

/// Bytes of an address in a key or an index of a table. A path ends at 256 (RFC 5321, section 4.5.3.1.3), so no mail goes to a
/// longer one.
pub const MAX_ADDRESS: usize = 512;
