//! The connection of a request, for the fault that closes it.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

/// A second handle to a request's connection, which can close it under the server. `None` if the
/// system has no handle left.
#[derive(Clone)]
pub(super) struct Connection(Option<Arc<TcpStream>>);

impl Connected<IncomingStream<'_, TcpListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        #[cfg(unix)]
        let twin = std::os::fd::AsFd::as_fd(stream.io()).try_clone_to_owned();
        #[cfg(windows)]
        let twin = std::os::windows::io::AsSocket::as_socket(stream.io()).try_clone_to_owned();
        Self(twin.ok().map(|twin| Arc::new(TcpStream::from(twin))))
    }
}

impl Connection {
    /// Closes the connection: what is answered after this does not arrive.
    pub(super) fn cut(&self) {
        if let Some(stream) = &self.0 {
            // It fails if the other side has closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
