//! Entries of a batch that SNS does not take, while it takes the others.

use form_urlencoded::Serializer;

/// The entries that fail: those whose message contains a text, so many of them.
#[derive(Default)]
pub(super) struct Failing(Vec<(String, usize)>);

/// A batch of which some entries fail.
pub(super) struct Divided {
    /// What is left for SNS; `None` if nothing is.
    pub(super) rest: Option<Vec<u8>>,
    /// What the answer says of those that fail.
    failed: String,
}

impl Failing {
    pub(super) fn add(&mut self, containing: &str, times: usize) {
        self.0.push((containing.to_owned(), times));
    }

    fn takes(&mut self, message: &str) -> bool {
        let mut meant = self.0.iter_mut();
        let fault = meant.find(|(text, times)| *times > 0 && message.contains(text.as_str()));
        fault.map(|(_, times)| *times -= 1).is_some()
    }

    /// Divides a call of `PublishBatch`, if an entry of it fails.
    pub(super) fn divide(&mut self, form: &[u8]) -> Option<Divided> {
        if self.0.iter().all(|(_, times)| *times == 0) {
            return None;
        }
        let pairs: Vec<_> = form_urlencoded::parse(form).collect();
        let of_entry = |number: usize| format!("PublishBatchRequestEntries.member.{number}.");
        let member = |number: usize, name: &str| {
            let name = of_entry(number) + name;
            pairs.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_ref())
        };
        let mut rest = Serializer::new(String::new());
        rest.extend_pairs(pairs.iter().filter(|(name, _)| !name.starts_with("PublishBatchRequestEntries.")));
        let (mut kept, mut failed) = (0, String::new());
        for (number, id) in (1..).map_while(|number| Some((number, member(number, "Id")?))) {
            if self.takes(member(number, "Message").unwrap_or_default()) {
                let error =
                    "<Code>InternalError</Code><Message>injected</Message><SenderFault>false</SenderFault>";
                failed.extend(["<member><Id>", id, "</Id>", error, "</member>"]);
                continue;
            }
            kept += 1;
            for (name, value) in &pairs {
                if let Some(name) = name.strip_prefix(&of_entry(number)) {
                    rest.append_pair(&(of_entry(kept) + name), value);
                }
            }
        }
        let rest = (kept > 0).then(|| rest.finish().into_bytes());
        (!failed.is_empty()).then_some(Divided { rest, failed })
    }
}

impl Divided {
    /// The answer to the whole batch, from that to what is left of it.
    pub(super) fn answer(&self, rest: &[u8]) -> Vec<u8> {
        let rest = String::from_utf8_lossy(rest);
        assert!(rest.contains("<Failed></Failed>"), "{rest}");
        rest.replace("<Failed></Failed>", &format!("<Failed>{}</Failed>", self.failed)).into_bytes()
    }

    /// The answer if nothing is left.
    pub(super) fn alone(&self) -> Vec<u8> {
        self.answer(
            b"<PublishBatchResponse><PublishBatchResult><Successful></Successful><Failed></Failed>\
              </PublishBatchResult></PublishBatchResponse>",
        )
    }
}
