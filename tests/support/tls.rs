//! TLS in front of an engine, with its own certificate, because production only uses TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A server that terminates TLS and passes on the plain bytes.
pub struct TlsFront {
    endpoint: String,
    server: tokio::task::JoinHandle<()>,
}

impl TlsFront {
    /// Starts a server in front of the engine at `http://<address>`, and writes its certificate to a file, as PEM.
    pub async fn start(engine: &str, certificate: &Path) -> Self {
        let engine: SocketAddr = engine.strip_prefix("http://").unwrap().parse().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(certificate, cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let configuration = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(configuration));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate disconnects here.
                    if let Ok(mut inside) = acceptor.accept(connection).await {
                        let mut engine = TcpStream::connect(engine).await.unwrap();
                        drop(copy_bidirectional(&mut inside, &mut engine).await);
                    }
                });
            }
        });
        Self { endpoint, server }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.server.abort();
    }
}
