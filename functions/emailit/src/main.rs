//! Receives the webhooks of Emailit.

use mimalloc::MiMalloc;
use normalization::providers::EMAILIT;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve(&EMAILIT).await
}
