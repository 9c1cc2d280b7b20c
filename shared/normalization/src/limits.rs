//! How large an event may grow, whatever its webhook holds.
//!
//! An announcement is 256 KiB at most (SNS), an item in the table 400 KB (DynamoDB), with the raw payload
//! beside the event. About 25 texts, 5 lists and 3 objects make an event; with these limits the largest is
//! near 190 KiB.

/// Bytes of one text, as JSON: a subject line ends at 998 (RFC 5322, section 2.1.1), an SMTP reply line at 512
/// (RFC 5321, section 4.5.3.1.5), and addresses of links are in practice kept under 2,048.
pub(crate) const MAX_TEXT: usize = 2_048;

/// Bytes of one list, or of one object, as JSON: more than a hundred addresses, the number of recipients that a
/// server must take (RFC 5321, section 4.5.3.1.8).
pub(crate) const MAX_COLLECTION: usize = 16_384;

/// Entries of one list, and values in one object: more than any sender labels a mail with. Small ones take a hundred
/// times their length in memory.
pub(crate) const MAX_ENTRIES: usize = 1_000;

/// Entries of a list, and values of an object that is passed on, that are read: more than fit into an event, so that
/// it is seen that there are too many. What the largest body makes of itself in memory is bounded by it.
pub(crate) const ENTRIES_READ: usize = MAX_ENTRIES + 1;

/// Levels of objects and lists in data of the sender's own. DynamoDB takes 32 in all; the event around it
/// and the tools behind it need some.
pub(crate) const MAX_DEPTH: usize = 16;
