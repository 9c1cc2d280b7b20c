//! Several sandboxes of one function, under a closed loop: each takes the next webhook when it has answered the one
//! before, as Lambda gives a sandbox one at a time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use normalization::ProviderName;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::Testbed;
use crate::api_gateway::Encoding;
use crate::lambda::Function;
use crate::load::Plan;
use crate::load::posts::Post;
use crate::load::quota::Quota;
use crate::relay::Relay;

/// The sandboxes of a provider's function.
pub struct Fleet {
    pub(super) starter: Arc<Starter>,
    pub(super) sandboxes: Vec<Arc<Sandbox>>,
}

/// Starts sandboxes.
pub(super) struct Starter {
    provider: ProviderName,
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
    /// The memory of a function in MB, whose share of a processor each sandbox has; `None` for all of it.
    memory: Option<u64>,
}

/// A process with its share of a processor. Fields drop in this order: a group can be removed when its process has ended.
pub(super) struct Sandbox {
    function: Function,
    _quota: Option<Quota>,
}

/// A webhook and its result.
pub struct Answered {
    /// The webhook.
    pub post: Arc<Post>,
    /// The status; `None` if the invocation failed.
    pub status: Option<u16>,
    /// The number of new events, according to the answer.
    pub recorded: usize,
    /// The number of known events, according to the answer.
    pub duplicates: usize,
    /// The time from handing out the event to receiving the answer.
    pub duration: Duration,
}

impl Answered {
    /// Whether the provider stops sending it.
    pub fn is_acknowledged(&self) -> bool {
        self.status == Some(200)
    }
}

impl Fleet {
    /// Starts the sandboxes. They reach the table and the topics through the relays.
    pub async fn start(
        provider: ProviderName,
        plan: &Plan,
        testbed: &Testbed,
        [dynamodb, sns]: [&Relay; 2],
    ) -> Self {
        let mut variables = testbed.variables(provider);
        variables.extend([
            ("TIME_LIMITS", if plan.time_limits { "on" } else { "off" }.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint().to_owned()),
            ("AWS_ENDPOINT_URL_SNS", sns.endpoint().to_owned()),
        ]);
        let starter =
            Arc::new(Starter { provider, program: plan.program(provider), variables, memory: plan.memory });
        let mut sandboxes = Vec::new();
        for _ in 0..plan.sandboxes {
            sandboxes.push(starter.start().await);
        }
        Self { starter, sandboxes }
    }

    /// Has the sandboxes take these webhooks, and waits until the last is answered.
    pub async fn take(&self, posts: impl Iterator<Item = Arc<Post>> + Send + 'static) -> Vec<Answered> {
        let posts = Arc::new(Mutex::new(posts.enumerate()));
        let mut loops = JoinSet::new();
        for sandbox in &self.sandboxes {
            let (sandbox, posts) = (Arc::clone(sandbox), Arc::clone(&posts));
            let provider = self.starter.provider;
            loops.spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let next = posts.lock().unwrap().next();
                    let Some((index, post)) = next else { break };
                    answers.push(sandbox.take(provider, post, index).await);
                }
                answers
            });
        }
        loops.join_all().await.into_iter().flatten().collect()
    }

    /// The sandboxes.
    pub fn len(&self) -> usize {
        self.sandboxes.len()
    }

    /// Whether the collection is empty.
    pub fn is_empty(&self) -> bool {
        self.sandboxes.is_empty()
    }

    /// The peak resident memory of the largest sandbox in bytes, if the system provides it.
    pub fn peak_memory(&self) -> Option<u64> {
        self.sandboxes.iter().map(|sandbox| sandbox.function.peak_memory()).max().flatten()
    }

    /// Errors of the processes themselves.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for sandbox in &self.sandboxes {
            if !sandbox.function.is_alive() {
                problems.push("a sandbox has ended".to_owned());
            }
            problems.extend(sandbox.function.complaints());
        }
        problems
    }
}

impl Starter {
    /// Starts a sandbox. As in Lambda, it has whole processors until it asks for its first webhook.
    pub(super) async fn start(&self) -> Arc<Sandbox> {
        let function = Function::start_program(&self.program, &self.variables).await;
        let quota = self.memory.map(|memory| Quota::of(memory).unwrap());
        if let Some(quota) = &quota {
            function.ready().await;
            quota.limit(function.process_id()).unwrap();
        }
        Arc::new(Sandbox { function, _quota: quota })
    }

    pub(super) fn provider(&self) -> ProviderName {
        self.provider
    }
}

impl Sandbox {
    pub(super) async fn take(&self, provider: ProviderName, post: Arc<Post>, index: usize) -> Answered {
        let encoding = if index.is_multiple_of(2) { Encoding::Text } else { Encoding::Base64 };
        let answer = self.function.invoke_timed(post.invocation(provider, encoding)).await;
        let response = answer.outcome.unwrap_or_default();
        let status = response["statusCode"].as_u64();
        let counts: Value =
            serde_json::from_str(response["body"].as_str().unwrap_or("{}")).unwrap_or_default();
        let count = |name: &str| usize::try_from(counts[name].as_u64().unwrap_or_default()).unwrap();
        Answered {
            post,
            status: status.and_then(|status| status.try_into().ok()),
            recorded: count("recorded"),
            duplicates: count("duplicates"),
            duration: answer.duration,
        }
    }
}
