//! An announcement, and the file that stores all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::private;

/// One message that was published to a topic.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub struct Announcement {
    /// When the stand-in accepted it.
    pub published_at: Timestamp,
    /// The topic's name, such as `bounces`.
    pub topic: String,
    /// The topic's ARN.
    pub topic_arn: String,
    /// The id that was returned to the publisher.
    pub message_id: String,
    /// The message attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The message itself: parsed if it is JSON, else as text.
    pub message: Value,
}

impl Announcement {
    /// The id of the announced event, or an empty text if the message has no id. A document of Amazon SES has it as a tag.
    pub fn event_id(&self) -> &str {
        let message = &self.message;
        let id = message.get("id").or_else(|| message.pointer("/mail/tags/mailhooks-id/0"));
        id.and_then(Value::as_str).unwrap_or_default()
    }
}

impl fmt::Debug for Announcement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Announcement")
            .field("topic", &self.topic)
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// Reads a file of announcements, oldest first. A missing file has none. An incomplete line is skipped:
/// its process died while writing it, so its publisher never got an answer.
pub fn read_announcements(path: &Path) -> Result<Vec<Announcement>> {
    parse(path, &read(path)?)
}

/// The file, open for writing by the process that holds the lock.
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Opens the file, created if missing, and reads it. Terminates an incomplete last line, so that the next one is separate.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Announcement>)> {
        let bytes = read(path)?;
        let announcements = parse(path, &bytes)?;
        drop(private::open(path)?);
        let opened = OpenOptions::new().append(true).open(path);
        let mut file = opened.with_context(|| format!("cannot open {}", path.display()))?;
        if bytes.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")
                .with_context(|| format!("cannot repair the last line of {}", path.display()))?;
        }
        Ok((Self { file }, announcements))
    }

    /// Writes these lines with one call, so that they survive the death of this process. After an error the file is
    /// unchanged.
    pub(super) fn append(&self, announcements: &[Announcement]) -> io::Result<()> {
        let mut lines = Vec::new();
        for announcement in announcements {
            serde_json::to_writer(&mut lines, announcement)?;
            lines.push(b'\n');
        }
        let length = self.file.metadata()?.len();
        (&self.file).write_all(&lines).inspect_err(|_| {
            // A full disk can leave half a line, which must not precede the next one.
            let _ = self.file.set_len(length);
        })
    }
}

/// The message as a value: parsed if it is JSON, else a string. JSON that would be too deep to read back, one level
/// deeper in its line, is kept as a string too (the parser reads 128 levels).
pub(super) fn message_value(text: &str) -> Value {
    serde_json::from_str::<[Value; 1]>(&format!("[{text}]"))
        .map_or_else(|_| Value::String(text.to_owned()), |[message]| message)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let read = private::found(fs::read(path));
    Ok(read.with_context(|| format!("cannot read {}", path.display()))?.unwrap_or_default())
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Announcement>> {
    let mut announcements = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match serde_json::from_slice(line) {
            Ok(announcement) => announcements.push(announcement),
            Err(error) if error.is_eof() => {}
            Err(error) => {
                let (path, line) = (path.display(), index + 1);
                return Err(error).context(format!(
                    "{path} is damaged: line {line} is not an announcement. Repair the line or move the file away"
                ));
            }
        }
    }
    Ok(announcements)
}
