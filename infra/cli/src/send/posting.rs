//! Posts a webhook once, twice or many times, and reports the answers.

use anyhow::Result;
use futures_util::{StreamExt, stream};
use ingestion::clock;
use mailhooks_local::http::{self, Answer, Sender};
use mailhooks_local::samples::{freshen, identify, suffix};
use mailhooks_local::signing;
use normalization::{SigningSecret, sign};
use serde_json::json;

use super::Arguments;
use super::recorded::Recorded;
use super::total::Total;
use crate::options::Global;
use crate::{output, pace};

/// Concurrent webhooks: enough to keep several connections busy without flooding the receiver.
const CONCURRENT: usize = 16;

/// The webhook to post, and how to post it.
pub(super) struct Posting<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) global: &'a Global,
    pub(super) sender: Sender,
    pub(super) secret: SigningSecret,
    pub(super) body: Vec<u8>,
}

/// One post: its answer, the events if the receiver accepted it, and what is wrong with the answer.
struct Post {
    answer: Option<Answer>,
    events: Recorded,
    problem: Option<String>,
}

impl Posting<'_> {
    /// Posts all webhooks. Fails if an answer is not the expected one.
    pub(super) async fn run(&self) -> Result<()> {
        match self.arguments.count {
            Some(count) => self.many(count).await,
            None => self.one().await,
        }
    }

    async fn one(&self) -> Result<()> {
        let mut total = Total::default();
        let mut next = None;
        for post in self.webhook(&self.body).await {
            self.print(&post)?;
            next = self.next(&post);
            total.add(post.answer.as_ref(), post.problem);
        }
        if let Some(command) = next.filter(|_| !self.global.json) {
            output::print_whole(&format!("next: {command}"))?;
        }
        total.verdict()
    }

    async fn many(&self, count: u64) -> Result<()> {
        let json = self.global.json;
        let mut total = Total::default();
        let bar = output::progress(Some(count), "webhooks answered");
        let mark = suffix(clock::now());
        let mut posted = stream::iter(0..count)
            .zip(pace::ticks(self.arguments.rate))
            .map(|(number, ())| self.fresh(format!("{mark}-{number}")))
            .buffer_unordered(CONCURRENT)
            .boxed();
        while let Some(posts) = posted.next().await {
            for post in posts? {
                if json {
                    self.print(&post)?;
                }
                total.add(post.answer.as_ref(), post.problem);
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        total.print(json)?;
        total.verdict()
    }

    /// Posts the webhook with fresh ids.
    async fn fresh(&self, suffix: String) -> Result<Vec<Post>> {
        let body = freshen(self.arguments.provider, self.body.clone(), &suffix, clock::now())?;
        Ok(self.webhook(&body).await)
    }

    /// Posts one webhook, once or twice.
    async fn webhook(&self, body: &[u8]) -> Vec<Post> {
        let mut posts = vec![self.post(body, false).await];
        if self.arguments.duplicate {
            posts.push(self.post(body, true).await);
        }
        posts
    }

    async fn post(&self, body: &[u8], again: bool) -> Post {
        let (provider, now) = (self.arguments.provider, clock::now());
        let headers = sign(provider.provider(), &self.secret, body, now);
        let mut sent = body.to_vec();
        if self.arguments.tamper {
            // Trailing white space does not change the JSON, so only the signature can reveal it.
            sent.push(b' ');
        }
        let posted = self.sender.post(headers, sent).await;
        let is_recorded =
            posted.as_ref().is_ok_and(|answer| answer.is_good() && answer.count("received") > 0);
        // A body that the provider cannot sign has no events.
        let events = if is_recorded { identify(provider, body, now).unwrap_or_default() } else { Vec::new() };
        let (answer, problem) = match posted {
            Ok(answer) => (Some(answer), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        let problem = problem.or_else(|| self.problem(answer.as_ref()?, again));
        Post { answer, events: Recorded(events), problem }
    }

    /// The command that shows the events of a post. `None` if it is not known where they were recorded.
    fn next(&self, post: &Post) -> Option<String> {
        let is_known = self.arguments.url.is_none() || self.global.stack.is_some();
        is_known.then(|| post.events.next(self.global)).flatten()
    }

    /// What is wrong with an answer.
    fn problem(&self, answer: &Answer, again: bool) -> Option<String> {
        let (url, status) = (http::shown(self.sender.url()), answer.status);
        if self.arguments.tamper {
            let due = signing::refusal(self.arguments.provider);
            return match status {
                _ if status == due => None,
                _ if answer.is_good() => Some(format!(
                    "{url} answered {status}: it accepted a body that was changed after signing"
                )),
                _ => Some(format!("{url} answered {status}: expected a rejection with {due}")),
            };
        }
        if !answer.is_good() {
            return Some(format!(
                "{url} answered {status}: the provider would send the webhook again, or drop it{}",
                self.suspicion(status)
            ));
        }
        (again && answer.count("recorded") > 0)
            .then(|| format!("{url} recorded the same webhook a second time"))
    }

    /// The possible reason for an answer with the status of a rejection.
    fn suspicion(&self, status: u16) -> String {
        let provider = self.arguments.provider;
        if status != signing::refusal(provider) {
            return String::new();
        }
        match status {
            503 => format!(
                ". The secret may be wrong: a failed signature is answered 503 too, because {provider} drops a webhook \
                 that is answered 4xx. Otherwise the receiver has no secret or cannot reach its table"
            ),
            _ => ". The receiver does not accept the secret that signed this".to_owned(),
        }
    }

    fn print(&self, post: &Post) -> Result<()> {
        let Some(answer) = &post.answer else {
            return Ok(());
        };
        if self.global.json {
            let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| json!(answer.body));
            return output::print_json(&json!({
                "kind": "answer",
                "provider": self.arguments.provider,
                "case": self.arguments.source.case,
                "file": self.arguments.source.file,
                "url": http::shown(self.sender.url()),
                "status": answer.status,
                "body": body,
                "events": post.events.objects(),
                "next": self.next(post),
            }));
        }
        let good = post.problem.is_none();
        let status = output::judged(&answer.status.to_string(), good);
        let body = output::printable(answer.body.trim());
        output::print_styled(&format!("{status} {body}"))?;
        if self.arguments.tamper && good {
            output::print("rejected, as expected: the body was changed after signing")?;
        }
        post.events.print(answer)
    }
}
