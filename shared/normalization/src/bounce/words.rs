//! Turns a reply into plain words, so that a phrase is found however the server writes it: lower case, no accents,
//! one space between two words, and `.` as a word at the end of a sentence.

use super::letters::{is_accent, without_accent};
use super::reply;

/// The words of a text, and the hosts that it names.
pub(super) struct Words {
    /// The words. URLs, host names, addresses and reply codes are left out, because they contain words by chance.
    pub(super) text: String,
    /// URLs and host names, in lower case, with a space before each.
    pub(super) hosts: String,
    /// The last enhanced code among the words.
    last_code: String,
}

/// Splits a text into words.
pub(super) fn words(text: &str) -> Words {
    let mut words = Words {
        text: String::with_capacity(text.len() + 16),
        hosts: String::new(),
        last_code: String::new(),
    };
    for chunk in text.split_ascii_whitespace() {
        words.read_chunk(without_reply_code(chunk));
    }
    words
}

impl Words {
    /// Reads the text between two white spaces.
    fn read_chunk(&mut self, chunk: &str) {
        if let Some((before, url, after)) = split_url(chunk) {
            self.read_words(before);
            self.push_host(url);
            self.read_words(after);
        } else if chunk.contains('@') {
            // Sendmail's `address...User unknown`.
            let parts = chunk.split("...").flat_map(|part| part.split(surrounds_addresses));
            parts.filter(|part| !part.contains('@')).for_each(|part| self.read_words(part));
        } else {
            self.read_words(chunk);
        }
    }

    fn read_words(&mut self, text: &str) {
        let mut rest = text;
        while let Some(start) = find(rest, true) {
            rest = rest.get(start..).unwrap_or_default();
            let end = find(rest, false).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            self.read_dotted(word);
            if after.starts_with(ends_sentence) || ends_with_full_stop(word, after) {
                self.end_sentence();
            }
            rest = after;
        }
    }

    /// Reads a host name, a code, or words with a full stop between them (`unknown.Please`, `Queue.Expired`).
    fn read_dotted(&mut self, word: &str) {
        if !word.bytes().any(|byte| matches!(byte, b'.' | b'\'')) {
            return self.push_parts(word);
        }
        let word = word.trim_matches(['.', '\'']);
        if !word.contains('.') {
            return self.push_parts(word);
        }
        if reply::enhanced_code(word).is_some() {
            // A reply of several lines repeats its code on each line.
            if self.last_code != word {
                word.clone_into(&mut self.last_code);
                self.push(word);
            }
            return;
        }
        if word.split('.').all(is_number) {
            return;
        }
        let last_label = word.rsplit('.').next().unwrap_or_default();
        if is_number(last_label) {
            return word.split('.').for_each(|label| self.push_parts(label));
        }
        let begins_like_a_sentence =
            last_label.contains(char::is_uppercase) && last_label.contains(char::is_lowercase);
        if !begins_like_a_sentence {
            return self.push_host(word);
        }
        for (place, label) in word.split('.').enumerate() {
            if place > 0 {
                self.end_sentence();
            }
            self.push_parts(label);
        }
    }

    /// Adds one word, or the words of a compound (`MailboxFull`); `doesn't` becomes `does not`.
    fn push_parts(&mut self, word: &str) {
        // Most words: nothing below applies to them.
        let is_plain = !word.starts_with('\'') && word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
        if is_plain && word != "cannot" && word != "Cannot" {
            return self.push(word);
        }
        if let Some(verb) = word.strip_suffix("n't").or_else(|| word.strip_suffix("N'T")) {
            self.push(verb);
            return self.push("not");
        }
        if word.eq_ignore_ascii_case("cannot") {
            self.push("can");
            return self.push("not");
        }
        for part in word.split('\'') {
            let mut start = 0;
            let mut after_lower_case = false;
            for (place, letter) in part.char_indices() {
                // Do not split `eMail`.
                if after_lower_case && letter.is_uppercase() && place > 1 {
                    self.push(part.get(start..place).unwrap_or_default());
                    start = place;
                }
                after_lower_case = letter.is_lowercase();
            }
            self.push(part.get(start..).unwrap_or_default());
        }
    }

    fn push(&mut self, word: &str) {
        let is_rest_of_e_mail = word.starts_with(['m', 'M'])
            && word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("mail"))
            && (self.text == "e" || self.text.ends_with(" e"));
        if !word.is_empty() && !self.text.is_empty() && !is_rest_of_e_mail {
            self.text.push(' ');
        }
        if word.is_ascii() {
            let start = self.text.len();
            self.text.push_str(word);
            if let Some(added) = self.text.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        } else {
            let letters = word.chars().flat_map(char::to_lowercase);
            self.text.extend(letters.filter_map(without_accent));
        }
    }

    fn end_sentence(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(" .") {
            self.text.push_str(" .");
        }
    }

    fn push_host(&mut self, host: &str) {
        self.hosts.push(' ');
        self.hosts.push_str(&host.to_ascii_lowercase());
    }
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|letter| letter.is_ascii_digit())
}

/// The text before a URL, the URL without its scheme, and the text after it.
fn split_url(chunk: &str) -> Option<(&str, &str, &str)> {
    if !chunk.bytes().any(|byte| matches!(byte, b'/' | b'w' | b'W')) {
        return None;
    }
    let (before, url) = match chunk.split_once("://") {
        Some((before, url)) => (before.trim_end_matches(char::is_alphabetic), url),
        None => chunk.split_at((0..2).find(|start| begins_with_www(chunk, *start))?),
    };
    let end = url.find(|letter| "<>()[]\"',;|".contains(letter)).unwrap_or(url.len());
    let (url, after) = url.split_at(end);
    Some((before, url, after))
}

fn begins_with_www(chunk: &str, start: usize) -> bool {
    let prefix = chunk.get(start..start + 4);
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("www."))
}

/// A word without the code that begins a line of a reply: `550`, `550-5.1.1`, `550-Please`.
fn without_reply_code(word: &str) -> &str {
    let Some((code, rest)) = word.split_at_checked(3) else {
        return word;
    };
    if !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return word;
    }
    match rest.strip_prefix('-') {
        Some(rest) if reply::enhanced_code(rest).is_some() => "",
        Some(rest) => rest,
        None if rest.starts_with(|next: char| next.is_ascii_digit() || next == '.') => word,
        None => rest,
    }
}

/// Whether this character surrounds addresses in replies.
fn surrounds_addresses(letter: char) -> bool {
    "<>()[]:;,\"'".contains(letter)
}

/// Where the first character is that is part of a word, or the first that is not.
fn find(text: &str, is_part: bool) -> Option<usize> {
    if text.is_ascii() {
        return text.bytes().position(|byte| is_ascii_word_part(byte) == is_part);
    }
    text.find(|letter| is_word_part(letter) == is_part)
}

fn is_word_part(letter: char) -> bool {
    u8::try_from(letter).is_ok_and(is_ascii_word_part)
        || (!letter.is_ascii() && (letter.is_alphanumeric() || is_accent(letter)))
}

fn is_ascii_word_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'\''
}

fn ends_sentence(letter: char) -> bool {
    "!?;。！？".contains(letter)
}

/// Whether the word ends a sentence. Sendmail's `<address>... User unknown` does not.
fn ends_with_full_stop(word: &str, after: &str) -> bool {
    after.is_empty() && word.ends_with('.') && !word.ends_with("...")
}
