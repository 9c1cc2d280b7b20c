//! The way to an engine: HTTP/1.1 over connections that are kept, without a client library that would cost more than
//! the engine itself.

use std::io::{Error, ErrorKind, Result};
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{HeaderMap, Response};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

/// Headers that the engines look at.
const PASSED_ON: [&str; 4] = ["x-amz-target", "content-type", "authorization", "x-amz-date"];

/// An engine, by its address.
pub(super) struct Engine {
    address: String,
    idle: Mutex<Vec<BufStream<TcpStream>>>,
}

/// What an engine answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl From<Answer> for Response<Body> {
    fn from(answer: Answer) -> Self {
        let response = Response::builder().status(answer.status).header("content-type", answer.content_type);
        response.body(Body::from(answer.body)).unwrap()
    }
}

impl Engine {
    pub(super) fn at(endpoint: &str) -> Self {
        Self { address: endpoint.strip_prefix("http://").unwrap().to_owned(), idle: Mutex::default() }
    }

    /// Carries a call out. An error is a connection that the engine closed.
    pub(super) async fn ask(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer> {
        let idle = self.idle.lock().unwrap().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufStream::new(TcpStream::connect(&self.address).await?),
        };
        let mut head =
            format!("POST / HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.address, body.len());
        for name in PASSED_ON {
            if let Some(value) = headers.get(name) {
                for part in [name, ": ", value.to_str().unwrap(), "\r\n"] {
                    head.push_str(part);
                }
            }
        }
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(b"\r\n").await?;
        connection.write_all(body).await?;
        connection.flush().await?;
        let answer = read(&mut connection).await?;
        self.idle.lock().unwrap().push(connection);
        Ok(answer)
    }
}

async fn read(connection: &mut BufStream<TcpStream>) -> Result<Answer> {
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        return Err(Error::from(ErrorKind::UnexpectedEof));
    }
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut answer = Answer {
        status: status.ok_or(ErrorKind::InvalidData)?,
        content_type: String::new(),
        body: Vec::new(),
    };
    loop {
        line.clear();
        connection.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name {
            "content-type" => value.clone_into(&mut answer.content_type),
            "content-length" => answer.body = vec![0; value.parse().unwrap()],
            _ => {}
        }
    }
    connection.read_exact(&mut answer.body).await?;
    Ok(answer)
}
