//! The totals of all posts.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use mailhooks_local::http::Answer;
use serde_json::json;

use crate::output;

/// Counts of posts, answers and events.
#[derive(Default)]
pub(super) struct Total {
    posts: u64,
    statuses: BTreeMap<String, u64>,
    recorded: u64,
    duplicates: u64,
    problems: u64,
    first_problem: String,
}

impl Total {
    /// Adds a post: its answer, and what is wrong with it.
    pub(super) fn add(&mut self, answer: Option<&Answer>, problem: Option<String>) {
        self.posts += 1;
        let status = match answer {
            Some(answer) => {
                self.recorded += answer.count("recorded");
                self.duplicates += answer.count("duplicates");
                answer.status.to_string()
            }
            None => "no answer".to_owned(),
        };
        *self.statuses.entry(status).or_default() += 1;
        if let Some(problem) = problem {
            if self.problems == 0 {
                self.first_problem = problem;
            }
            self.problems += 1;
        }
    }

    pub(super) fn print(&self, json: bool) -> Result<()> {
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

    /// Fails if something was wrong with a post.
    pub(super) fn verdict(&self) -> Result<()> {
        match (self.problems, self.posts) {
            (0, _) => Ok(()),
            (1, 1) => bail!("{}", self.first_problem),
            (problems, posts) => {
                bail!("{problems} of {posts} posts failed; the first: {}", self.first_problem)
            }
        }
    }
}
