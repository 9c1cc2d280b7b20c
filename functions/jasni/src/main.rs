//! Receives the webhooks of Jasni.

use normalization::providers::jasni::Jasni;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve::<Jasni>().await
}
