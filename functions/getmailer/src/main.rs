//! Receives the webhooks of GetMailer.

use normalization::providers::getmailer::GetMailer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve::<GetMailer>().await
}
