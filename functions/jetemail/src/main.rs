//! Receives the webhooks of JetEmail.

use mimalloc::MiMalloc;
use normalization::providers::JETEMAIL;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve(&JETEMAIL).await
}
