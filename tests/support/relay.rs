//! A relay between other processes and an engine. It counts calls, and delays, refuses or ignores them. It either passes
//! bytes on unchanged, which costs little under load, or executes the calls through the journaled client of this process
//! with its faults.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::aws::Aws;
use crate::engines::Engines;

/// What a relay does with calls from now on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conduct {
    /// It passes them on.
    Pass,
    /// It delays each by this time, then passes it on.
    Hold(Duration),
    /// It answers each with HTTP 500. Nothing reaches the engine.
    Refuse,
    /// It never answers. Nothing reaches the engine.
    Silence,
}

impl Conduct {
    /// Passes calls on after this time.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        if time.is_zero() { Self::Pass } else { Self::Hold(time) }
    }
}

/// A running relay.
pub struct Relay {
    endpoint: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

struct State {
    engine: SocketAddr,
    aws: Option<Aws<Engines>>,
    conduct: Mutex<Conduct>,
    calls: Mutex<BTreeMap<String, usize>>,
}

impl Relay {
    /// Starts a relay in front of the engine at `http://<address>`.
    pub async fn start(engine: &str) -> Self {
        Self::over(engine, None).await
    }

    /// Starts a relay whose calls are journaled and can have faults.
    pub async fn spoiling(engine: &str, aws: &Aws<Engines>) -> Self {
        Self::over(engine, Some(aws.clone())).await
    }

    async fn over(engine: &str, aws: Option<Aws<Engines>>) -> Self {
        let state = Arc::new(State {
            engine: engine.strip_prefix("http://").unwrap().parse().unwrap(),
            aws,
            conduct: Mutex::new(Conduct::Pass),
            calls: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            // The connections end with this task.
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.spawn(serve(connection, Arc::clone(&shared)));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { endpoint, state, server }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Changes what the relay does.
    pub fn set(&self, conduct: Conduct) {
        *self.state.conduct.lock().unwrap() = conduct;
    }

    /// The received calls by operation, whatever their outcome.
    pub fn calls(&self) -> BTreeMap<String, usize> {
        self.state.calls.lock().unwrap().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Passes on calls one after the other until either side closes the connection.
async fn serve(client: TcpStream, state: Arc<State>) -> io::Result<()> {
    let engine = TcpStream::connect(state.engine).await?;
    client.set_nodelay(true)?;
    engine.set_nodelay(true)?;
    let (mut client, mut engine) = (BufReader::new(client), BufReader::new(engine));
    while let Some(request) = Message::read(&mut client).await? {
        *state.calls.lock().unwrap().entry(request.operation()).or_default() += 1;
        if let Some(aws) = &state.aws {
            let answer = aws.call(request.to_engine(state.engine)).await.map_err(io::Error::other)?;
            client.write_all(&bytes_of(&answer)).await?;
            continue;
        }
        let conduct = *state.conduct.lock().unwrap();
        match conduct {
            Conduct::Pass => {}
            Conduct::Hold(time) => drop(timeout(time, pending::<()>()).await),
            Conduct::Refuse => {
                client.write_all(REFUSAL).await?;
                continue;
            }
            // The input has ended because the client gave up.
            Conduct::Silence => return client.fill_buf().await.map(drop),
        }
        engine.write_all(&request.bytes).await?;
        let Some(answer) = Message::read(&mut engine).await? else {
            break;
        };
        client.write_all(&answer.bytes).await?;
    }
    Ok(())
}

const REFUSAL: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

/// An HTTP request or answer with a content length, which the SDK and the engines always send.
struct Message {
    bytes: Vec<u8>,
    head: usize,
}

impl Message {
    /// Reads a message; `None` at the end of the input.
    async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut line_start = 0;
        while stream.read_until(b'\n', &mut bytes).await? > 0 {
            if bytes[line_start..] == *b"\r\n" {
                let head = bytes.len();
                let mut message = Self { bytes, head };
                let end = head + message.header("content-length").unwrap_or("0").parse::<usize>().unwrap();
                message.bytes.resize(end, 0);
                stream.read_exact(&mut message.bytes[head..]).await?;
                return Ok(Some(message));
            }
            line_start = bytes.len();
        }
        Ok(None)
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let head = std::str::from_utf8(&self.bytes[..self.head]).unwrap();
        head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Converts a request to the form that a client of the SDK makes.
    fn to_engine(&self, engine: SocketAddr) -> HttpRequest {
        let mut request = HttpRequest::new(self.bytes[self.head..].into());
        request.set_method("POST").unwrap();
        request.set_uri(format!("http://{engine}/")).unwrap();
        for (name, value) in self.headers() {
            request.headers_mut().append(name.to_owned(), value.to_owned());
        }
        request
    }

    /// `DynamoDB` requests name the operation in a header, SNS requests in the form.
    fn operation(&self) -> String {
        let of_header = self.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let form = || {
            let beginning = self.bytes[self.head..].split(|byte| *byte == b'&').next()?;
            std::str::from_utf8(beginning).ok()?.strip_prefix("Action=")
        };
        of_header.or_else(form).unwrap_or("other").to_owned()
    }
}

fn bytes_of(answer: &HttpResponse) -> Vec<u8> {
    let body = answer.body().bytes().unwrap();
    let head = format!("HTTP/1.1 {} -\r\ncontent-length: {}\r\n\r\n", answer.status().as_u16(), body.len());
    [head.as_bytes(), body].concat()
}
