//! Receives the webhooks of JetEmail.

use normalization::providers::jetemail::JetEmail;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve::<JetEmail>().await
}
