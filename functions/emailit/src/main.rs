//! Receives the webhooks of Emailit.

use normalization::providers::emailit::Emailit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    ingestion::serve::<Emailit>().await
}
