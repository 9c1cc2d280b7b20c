//! Raw HTTP that no client library would send.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;

/// Opens a connection and sends a request with only these headers.
pub fn send(url: &str, line: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> BufReader<TcpStream> {
    let mut connection = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (headers, length) = (headers.concat(), body.as_ref().len());
    let head = format!("{line} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    connection.write_all(&[head.as_bytes(), body.as_ref()].concat()).unwrap();
    BufReader::new(connection)
}
