//! Posts a message to a subscriber.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use ureq::{Agent, Error};
use url::Url;

use super::envelope::Envelope;
use crate::http;

/// Most bytes read of an answer. Its content does not matter; reading it keeps the connection usable.
const MAX_ANSWER: u64 = 64 * 1024;

/// Posts to one URL, over connections that stay open. Does not follow redirects.
pub(super) struct Poster {
    url: Url,
    agent: Agent,
    limit: Duration,
}

impl Poster {
    pub(super) fn new(url: &Url, limit: Duration) -> Self {
        Self { url: url.clone(), agent: http::agent_within(url, Some(limit)), limit }
    }

    /// Posts a message. Returns the status of the answer, or the reason that there is no answer.
    pub(super) async fn post(&self, envelope: &Envelope) -> Result<u16, String> {
        let (agent, url, limit) = (self.agent.clone(), self.url.clone(), self.limit);
        let envelope = envelope.clone();
        let (sender, answer) = oneshot::channel();
        // A thread of the runtime would delay the end of the program until a slow subscriber has answered.
        let thread = thread::Builder::new().name("delivery".to_owned());
        thread
            .spawn(move || {
                let answer = send(&agent, &url, envelope).map_err(|error| reason(&error, limit));
                // Nothing receives it if the subscription has ended.
                drop(sender.send(answer));
            })
            .map_err(|error| format!("cannot start a thread: {}", error.kind()))?;
        answer.await.unwrap_or_else(|_| Err("the thread of the delivery ended".to_owned()))
    }
}

fn send(agent: &Agent, url: &Url, envelope: Envelope) -> Result<u16, Error> {
    let mut request = agent.post(url.as_str());
    for (name, value) in envelope.headers {
        request = request.header(name, value);
    }
    let mut response = request.send(envelope.body.as_bytes())?;
    let status = response.status().as_u16();
    drop(response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec());
    Ok(status)
}

/// The reason if there is no secure connection.
const TLS: &str =
    "no TLS connection: the certificate is not publicly trusted, or the server does not use TLS";

/// A reason in a few words, which contains nothing of the URL.
fn reason(error: &Error, limit: Duration) -> String {
    match error {
        // Its text may contain the names of the certificate.
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => TLS.to_owned(),
        Error::Rustls(_) => TLS.to_owned(),
        Error::Io(error) => error.kind().to_string(),
        Error::Timeout(_) => format!("no answer within {} seconds", limit.as_secs()),
        Error::HostNotFound => "the host name has no address".to_owned(),
        Error::ConnectionFailed => "connection failed".to_owned(),
        Error::Protocol(_) => "the answer is not valid HTTP".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;
    use crate::engines::sns::delivery::Attempt;
    use crate::engines::sns::delivery::attempt::AttemptOutcome;

    fn post(url: &str, limit: Duration) -> Result<u16, String> {
        let envelope = Envelope::confirmation("arn", "token", "http://127.0.0.1:1");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Poster::new(&url.parse().unwrap(), limit).post(&envelope))
    }

    #[test]
    fn reasons() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = |listener: &TcpListener| format!("http://{}/?key=secret", listener.local_addr().unwrap());
        assert_eq!(
            post(&at(&silent), Duration::from_millis(1)),
            Err("no answer within 0 seconds".to_owned())
        );
        let url = at(&silent);
        drop(silent);
        let answer = post(&url, Duration::from_mins(1));
        assert_eq!(answer, Err("connection refused".to_owned()));
        assert_eq!(AttemptOutcome::of(&answer, Attempt::MOST), AttemptOutcome::Failed);

        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = at(&other);
        let answering =
            thread::spawn(move || other.accept().unwrap().0.write_all(b"SSH-2.0-x\r\n\r\n").unwrap());
        let reason = post(&url, Duration::from_mins(1)).unwrap_err();
        assert!(!reason.is_empty() && !reason.contains("secret"), "{reason}");
        answering.join().unwrap();

        let plain = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = at(&plain).replace("http://", "https://");
        let answering = thread::spawn(move || {
            let mut stream = plain.accept().unwrap().0;
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            // Until the client closes the connection, so that it can read the answer.
            std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        });
        assert_eq!(post(&url, Duration::from_mins(1)), Err(TLS.to_owned()));
        answering.join().unwrap();
    }
}
