//! Posts a webhook once, twice or many times, and reports the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use futures_util::{Stream, StreamExt, stream};
use ingestion::clock;
use mailhooks_local::http::{Answer, Sender};
use mailhooks_local::samples::{freshen, suffix};
use mailhooks_local::signing;
use normalization::{SigningSecret, sign};
use serde_json::json;

use super::Arguments;
use crate::output;

/// Concurrent webhooks: enough to keep several connections busy without flooding the receiver.
const CONCURRENT: usize = 16;

/// The webhook to post, and how to post it.
pub(super) struct Posting<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) sender: Sender,
    pub(super) secret: SigningSecret,
    pub(super) body: Vec<u8>,
}

/// One post: its answer, and what is wrong with the answer.
struct Post {
    answer: Option<Answer>,
    problem: Option<String>,
}

/// The totals of all posts.
#[derive(Default)]
struct Total {
    posts: u64,
    statuses: BTreeMap<String, u64>,
    recorded: u64,
    duplicates: u64,
    problems: u64,
    first_problem: String,
}

impl Posting<'_> {
    /// Posts all webhooks. Fails if an answer is not the expected one.
    pub(super) async fn run(&self, json: bool) -> Result<()> {
        let mut total = Total::default();
        let Some(count) = self.arguments.count else {
            for post in self.webhook(&self.body).await {
                self.print(&post, json)?;
                total.add(post);
            }
            return total.verdict();
        };
        let bar = output::progress(Some(count), "webhooks answered");
        let mark = suffix(clock::now());
        let mut posted = stream::iter(0..count)
            .zip(ticks(self.arguments.rate))
            .map(|(number, ())| self.fresh(format!("{mark}-{number}")))
            .buffer_unordered(CONCURRENT)
            .boxed();
        while let Some(posts) = posted.next().await {
            for post in posts? {
                if json {
                    self.print(&post, json)?;
                }
                total.add(post);
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
        let headers = sign(self.arguments.provider.provider(), &self.secret, body, clock::now());
        let mut body = body.to_vec();
        if self.arguments.tamper {
            // Trailing white space does not change the JSON, so only the signature can reveal it.
            body.push(b' ');
        }
        match self.sender.post(headers, body).await {
            Ok(answer) => Post { problem: self.problem(&answer, again), answer: Some(answer) },
            Err(error) => Post { answer: None, problem: Some(format!("{error:#}")) },
        }
    }

    /// What is wrong with an answer.
    fn problem(&self, answer: &Answer, again: bool) -> Option<String> {
        let (url, status) = (self.sender.url(), answer.status);
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

    fn print(&self, post: &Post, json: bool) -> Result<()> {
        let Some(answer) = &post.answer else {
            return Ok(());
        };
        if json {
            let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| json!(answer.body));
            return output::print_json(&json!({
                "kind": "answer",
                "provider": self.arguments.provider,
                "case": self.arguments.case,
                "file": self.arguments.file,
                "url": self.sender.url().as_str(),
                "status": answer.status,
                "body": body,
            }));
        }
        let good = post.problem.is_none();
        let status = output::judged(&answer.status.to_string(), good);
        let body = output::printable(answer.body.trim());
        output::print_styled(&format!("{status} {body}"))?;
        if self.arguments.tamper && good {
            output::print("rejected, as expected: the body was changed after signing")?;
        }
        Ok(())
    }
}

/// One item per webhook, at the given rate; without a rate, immediately.
fn ticks(rate: Option<f64>) -> impl Stream<Item = ()> {
    let every = rate.map(|rate| tokio::time::interval(Duration::from_secs_f64(rate.recip())));
    stream::unfold(every, async |mut every| {
        if let Some(every) = &mut every {
            every.tick().await;
        }
        Some(((), every))
    })
}

impl Total {
    fn add(&mut self, post: Post) {
        self.posts += 1;
        let status = match &post.answer {
            Some(answer) => {
                self.recorded += answer.count("recorded");
                self.duplicates += answer.count("duplicates");
                answer.status.to_string()
            }
            None => "no answer".to_owned(),
        };
        *self.statuses.entry(status).or_default() += 1;
        if let Some(problem) = post.problem {
            if self.problems == 0 {
                self.first_problem = problem;
            }
            self.problems += 1;
        }
    }

    fn print(&self, json: bool) -> Result<()> {
        if json {
            return output::print_json(&json!({
                "kind": "summary",
                "posts": self.posts,
                "statuses": self.statuses,
                "recorded": self.recorded,
                "duplicates": self.duplicates,
            }));
        }
        let statuses = self.statuses.iter().map(|(status, posts)| match status.as_str() {
            "no answer" => format!("{posts} without an answer"),
            _ if *posts == self.posts => format!("all answered {status}"),
            _ => format!("{posts} answered {status}"),
        });
        Ok(output::print(&format!(
            "{} posts, {}; {} events recorded, {} duplicates",
            self.posts,
            statuses.collect::<Vec<_>>().join(", "),
            self.recorded,
            self.duplicates
        ))?)
    }

    fn verdict(&self) -> Result<()> {
        match (self.problems, self.posts) {
            (0, _) => Ok(()),
            (1, 1) => bail!("{}", self.first_problem),
            (problems, posts) => {
                bail!("{problems} of {posts} posts failed; the first: {}", self.first_problem)
            }
        }
    }
}
