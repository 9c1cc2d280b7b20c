//! A Lambda Runtime API, and the real binaries under it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as PathOf, State};
use axum::http::Response;
use axum::routing::{get, post};
use ingestion::clock::Stopwatch;
use normalization::ProviderName;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, block_in_place};

use crate::privacy::Watch;
use crate::server::Server;

/// Variables that cargo sets for the tests of a package. A build that inherits them runs the build script of ring again,
/// and recompiles half of the workspace.
const OF_THE_TEST: &[&str] = &[
    "CARGO_MANIFEST_DIR",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// The path of a program of this workspace, built as the tests are.
pub fn program(name: &str) -> PathBuf {
    static PROGRAMS: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        // Build the whole workspace at once with its tests: so the dependencies have the same features as in the tests, and are
        // not compiled again.
        let build = escargot::CargoBuild::new()
            .manifest_path(crate::files::root().join("Cargo.toml"))
            .args(["--workspace", "--tests"])
            .bins();
        let build = OF_THE_TEST.iter().fold(build, escargot::CargoBuild::env_remove);
        build
            .exec()
            .unwrap()
            .filter_map(|message| {
                let message: Value = message.unwrap().decode_custom().unwrap();
                // The unit tests of a program are a program with the same name.
                let is_test = message.get("profile")?.get("test")?.as_bool()?;
                let executable = message.get("executable")?.as_str()?;
                let name = message.get("target")?.get("name")?.as_str()?.to_owned();
                (!is_test).then(|| (name, PathBuf::from(executable)))
            })
            .collect()
    });
    programs[name].clone()
}

/// A function: its real binary with its own Runtime API. All of its output is watched until it ends, so it must be
/// used in a runtime with several threads.
pub struct Function {
    /// The provider whose webhooks it receives, if any.
    provider: Option<ProviderName>,
    invocations: mpsc::UnboundedSender<Invocation>,
    log: Arc<Mutex<Vec<String>>>,
    watch: Arc<Watch>,
    readers: Vec<JoinHandle<()>>,
    process_id: u32,
    ready: watch::Receiver<bool>,
    kill: Arc<Notify>,
    ended: watch::Receiver<bool>,
    process: JoinHandle<()>,
    /// Must end after the process, which would log an error otherwise.
    _server: Server,
}

struct Invocation {
    event: Value,
    answer: oneshot::Sender<Answer>,
}

/// The result of an invocation.
#[derive(Debug)]
pub struct Answer {
    /// The function's answer, or the error that the runtime reported.
    pub outcome: Result<Value, Value>,
    /// The time from handing out the event to receiving the answer.
    pub duration: Duration,
}

impl Function {
    /// Starts the binary of this function (a provider's, or another) with only these variables in its environment.
    pub async fn start(function: impl Display, variables: &[(&str, String)]) -> Self {
        Self::start_program(&program(&function.to_string()), variables).await
    }

    /// Starts a binary that was built with other options than the tests.
    pub async fn start_program(program: &Path, variables: &[(&str, String)]) -> Self {
        let (invocations, waiting) = mpsc::unbounded_channel();
        let (starting, ready) = watch::channel(false);
        let api = Arc::new(RuntimeApi {
            ready: starting,
            waiting: AsyncMutex::new(waiting),
            answers: Mutex::default(),
        });
        let server = api.serve().await;
        let mut process = spawn(program, variables, server.endpoint().trim_start_matches("http://"));
        let process_id = process.id().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let watch = Arc::new(watch(variables));
        let readers = vec![
            tokio::spawn(read_lines(process.stdout.take().unwrap(), watched(&log, &watch))),
            tokio::spawn(read_lines(process.stderr.take().unwrap(), forbidden(&watch))),
        ];
        let (end, ended) = watch::channel(false);
        let kill = Arc::new(Notify::new());
        let killed = Arc::clone(&kill);
        let process = tokio::spawn(async move {
            tokio::select! {
                _ = process.wait() => {}
                () = killed.notified() => process.kill().await.unwrap(),
            }
            end.send_replace(true);
        });
        Self {
            provider: name_of(program).parse().ok(),
            invocations,
            log,
            watch,
            readers,
            process_id,
            ready,
            kill,
            ended,
            process,
            _server: server,
        }
    }

    /// Runs a binary that exits during start-up. Returns its output, and whether it succeeded.
    pub async fn run_to_end(provider: ProviderName, variables: &[(&str, String)]) -> (String, bool) {
        let process = spawn(&program(provider.as_str()), variables, "127.0.0.1:9");
        let output = process.wait_with_output().await.unwrap();
        assert!(output.stdout.is_empty(), "there is no line without a request");
        let said = String::from_utf8(output.stderr).unwrap();
        let watch = watch(variables);
        watch.text(&said);
        watch.verify();
        (said, output.status.success())
    }

    /// Invokes the function. Returns its answer, or the error that the runtime reports.
    pub async fn invoke(&self, event: Value) -> Result<Value, Value> {
        if let Some(provider) = self.provider {
            self.watch.event(provider, &event);
        }
        let answer = self.invoke_timed(event).await.outcome;
        if let Err(error) = &answer {
            self.watch.text(&error.to_string());
        }
        self.watch.verify();
        answer
    }

    /// Invokes the function and measures the time. The log is not searched for the event's texts: with many thousands of
    /// events it would take too long.
    pub async fn invoke_timed(&self, event: Value) -> Answer {
        let (answer, answered) = oneshot::channel();
        assert!(self.invocations.send(Invocation { event, answer }).is_ok());
        let mut ended = self.ended.clone();
        tokio::select! {
            answer = answered => answer.unwrap(),
            _ = ended.wait_for(|ended| *ended) => panic!("the function ended: {:?}", self.log()),
        }
    }

    /// The forbidden output of the function, such as anything on standard error.
    pub fn complaints(&self) -> Vec<String> {
        self.watch.violations()
    }

    /// The peak resident memory of the process in bytes; `None` if the system does not provide it, or the process has ended.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process_id)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Waits until the function has started and asks for its first invocation.
    pub async fn ready(&self) {
        let (mut ready, mut ended) = (self.ready.clone(), self.ended.clone());
        tokio::select! {
            asks = ready.wait_for(|ready| *ready) => drop(asks.unwrap()),
            _ = ended.wait_for(|ended| *ended) => panic!("the function ended: {:?}", self.log()),
        }
    }

    /// Kills the process with SIGKILL at any point.
    pub async fn kill(&self) {
        self.kill.notify_one();
        self.ended.clone().wait_for(|ended| *ended).await.unwrap();
    }

    /// Whether the process is still the one that was started.
    pub fn is_alive(&self) -> bool {
        !*self.ended.borrow()
    }

    /// The standard output of the function so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Ends the function. Returns its standard output.
    pub fn end(mut self) -> Vec<String> {
        self.stop();
        self.log()
    }

    /// Ends the process, reads its remaining output, and fails if any of it is forbidden.
    fn stop(&mut self) {
        // The process ends with the task that waits for it.
        self.process.abort();
        for reader in self.readers.drain(..) {
            wait_for(reader);
        }
        self.watch.verify();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        if thread::panicking() {
            self.process.abort();
        } else {
            self.stop();
        }
    }
}

/// Waits for a task from code that is not async. A thread has one wake-up token: a `block_on` within the test's own
/// `block_on` consumes the token meant for another part of the test, which then waits forever. So it runs in another
/// thread.
fn wait_for(task: JoinHandle<()>) {
    let runtime = Handle::current();
    let waiting = || thread::spawn(move || runtime.block_on(task)).join();
    block_in_place(waiting).unwrap().unwrap();
}

/// A watch that knows the secrets in an environment.
fn watch(variables: &[(&str, String)]) -> Watch {
    let watch = Watch::default();
    for (name, value) in variables {
        if ["KEY", "SECRET", "TOKEN"].iter().any(|word| name.contains(word)) {
            watch.secret(value);
        }
    }
    watch
}

/// Takes the lines of standard output, which are the log.
fn watched(log: &Arc<Mutex<Vec<String>>>, watch: &Arc<Watch>) -> impl Fn(String) + use<> {
    let (log, watch) = (Arc::clone(log), Arc::clone(watch));
    move |line| {
        match serde_json::from_str(&line) {
            Ok(line) => watch.line(&line),
            Err(_) => watch.report(format!("no JSON on standard output: {line}")),
        }
        log.lock().unwrap().push(line);
    }
}

/// Reports any line on standard error: Lambda would log it, whatever it contains.
fn forbidden(watch: &Arc<Watch>) -> impl Fn(String) + use<> {
    let watch = Arc::clone(watch);
    move |line| watch.report(format!("on standard error: {line}"))
}

async fn read_lines(pipe: impl AsyncRead + Unpin, take: impl Fn(String)) {
    let mut lines = BufReader::new(pipe).split(b'\n');
    while let Some(line) = lines.next_segment().await.unwrap() {
        take(String::from_utf8_lossy(&line).into_owned());
    }
}

fn name_of(program: &Path) -> &str {
    program.file_name().unwrap().to_str().unwrap()
}

fn spawn(program: &Path, variables: &[(&str, String)], runtime_api: &str) -> Child {
    Command::new(program)
        .env_clear()
        .env("TIME_LIMITS", "off")
        .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", name_of(program))
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "test")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

struct RuntimeApi {
    ready: watch::Sender<bool>,
    waiting: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    answers: Mutex<HashMap<String, (oneshot::Sender<Answer>, Stopwatch)>>,
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response<Body> {
    api.ready.send_replace(true);
    let Some(invocation) = api.waiting.lock().await.recv().await else {
        // The test is over, and the process is about to be ended.
        return std::future::pending().await;
    };
    let event = invocation.event.to_string();
    let mut answers = api.answers.lock().unwrap();
    let id = format!("invocation-{}", answers.len());
    answers.insert(id.clone(), (invocation.answer, Stopwatch::start()));
    Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", "4102444800000")
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:test")
        .body(Body::from(event))
        .unwrap()
}

async fn response(State(api): State<Arc<RuntimeApi>>, PathOf(id): PathOf<String>, body: Bytes) {
    api.settle(&id, Ok(serde_json::from_slice(&body).unwrap()));
}

async fn error(State(api): State<Arc<RuntimeApi>>, PathOf(id): PathOf<String>, body: Bytes) {
    api.settle(&id, Err(serde_json::from_slice(&body).unwrap()));
}

impl RuntimeApi {
    async fn serve(self: Arc<Self>) -> Server {
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(self);
        Server::start(router).await
    }

    fn settle(&self, id: &str, outcome: Result<Value, Value>) {
        // A used sender keeps its slot, so that ids stay distinct.
        let (spent, _) = oneshot::channel();
        let spent = (spent, Stopwatch::start());
        let waiting = self.answers.lock().unwrap().insert(id.to_owned(), spent);
        let (answer, stopwatch) = waiting.unwrap();
        let duration = stopwatch.elapsed();
        drop(answer.send(Answer { outcome, duration }));
    }
}
