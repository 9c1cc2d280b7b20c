//! Announces, on a schedule, what was recorded and never announced.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    ingestion::redrive().await
}
