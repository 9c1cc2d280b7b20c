//! Receives the webhooks of Jasni.

use mimalloc::MiMalloc;
use normalization::providers::JASNI;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve(&JASNI).await
}
