//! Receives the webhooks of Jasni.

use mimalloc::MiMalloc;
use normalization::providers::jasni::Jasni;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve::<Jasni>().await
}
