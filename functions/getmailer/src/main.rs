//! Receives the webhooks of GetMailer.

use mimalloc::MiMalloc;
use normalization::providers::GETMAILER;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve(&GETMAILER).await
}
