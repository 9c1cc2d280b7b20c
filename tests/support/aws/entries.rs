//! Fails some entries of a batch, while SNS accepts the others.

use form_urlencoded::Serializer;

use super::call::Call;
use super::fault::Kind;

/// The answer of SNS if every entry failed.
pub(super) const NONE: &str = "<PublishBatchResponse><PublishBatchResult><Successful></Successful><Failed></Failed>\
                               </PublishBatchResult></PublishBatchResponse>";

/// A batch of which some entries fail.
pub(super) struct Divided {
    /// The remaining request for SNS; `None` if every entry failed.
    pub(super) rest: Option<String>,
    /// The error entries of the answer.
    failed: String,
}

/// The outcome of an entry.
#[derive(PartialEq)]
enum Fate {
    Taken,
    Failed,
    /// The answer omits it.
    Forgotten,
}

impl Kind {
    /// Divides a call of `PublishBatch`, if entries of it fail.
    pub(super) fn divide(&self, call: &Call, form: &str) -> Option<Divided> {
        let is_divided = matches!(self, Self::FailEntry(_) | Self::FailEntries);
        (is_divided && call.operation == "PublishBatch").then(|| {
            let mut failed = 0;
            divide(form, |number, message| {
                let fate = match self {
                    Self::FailEntry(text) if failed == 0 && message.contains(text) => Fate::Failed,
                    Self::FailEntries if number % 3 == 2 => Fate::Forgotten,
                    Self::FailEntries => Fate::Failed,
                    _ => Fate::Taken,
                };
                failed += usize::from(fate == Fate::Failed);
                fate
            })
        })
    }
}

/// Divides the entries of a form by their outcome, which depends on the number (from 1) and the message.
fn divide(form: &str, mut fate: impl FnMut(usize, &str) -> Fate) -> Divided {
    let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
    let of_entry = |number: usize| format!("PublishBatchRequestEntries.member.{number}.");
    let member = |number: usize, name: &str| {
        let name = of_entry(number) + name;
        pairs.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_ref())
    };
    let mut rest = Serializer::new(String::new());
    rest.extend_pairs(pairs.iter().filter(|(name, _)| !name.starts_with("PublishBatchRequestEntries.")));
    let (mut kept, mut failed) = (0, String::new());
    for (number, id) in (1..).map_while(|number| Some((number, member(number, "Id")?))) {
        match fate(number, member(number, "Message").unwrap_or_default()) {
            Fate::Forgotten => {}
            Fate::Failed => {
                let error = "<Code>InternalError</Code><SenderFault>false</SenderFault>";
                failed.extend(["<member><Id>", id, "</Id>", error, "</member>"]);
            }
            Fate::Taken => {
                kept += 1;
                for (name, value) in &pairs {
                    if let Some(name) = name.strip_prefix(&of_entry(number)) {
                        rest.append_pair(&(of_entry(kept) + name), value);
                    }
                }
            }
        }
    }
    Divided { rest: (kept > 0).then(|| rest.finish()), failed }
}

impl Divided {
    /// The answer to the whole batch, built from the answer to the remaining request.
    pub(super) fn answer(&self, rest: &str) -> String {
        assert!(rest.contains("<Failed></Failed>"), "{rest}");
        rest.replace("<Failed></Failed>", &format!("<Failed>{}</Failed>", self.failed))
    }
}
