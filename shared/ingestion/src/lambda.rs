//! A receiver as a Lambda function.

use lambda_http::{Error, Request, service_fn};
use normalization::Provider;

use crate::aws::Clients;
use crate::clock::Clock;
use crate::configuration::Configuration;
use crate::environment;
use crate::log::Log;
use crate::notifier::Notifier;
use crate::receiver::Receiver;
use crate::store::Store;

/// Receives the webhooks of one provider until Lambda ends the process.
///
/// # Errors
///
/// The environment is not complete, or the Lambda Runtime API does not answer.
pub async fn serve<P: Provider>() -> Result<(), Error> {
    let configuration = Configuration::read(environment::variable)?;
    let clients = Clients::new(&configuration.access);
    let receiver = Receiver::<P>::new(
        configuration.secrets,
        Store::new(
            clients.dynamodb,
            configuration.table_name,
            configuration.retention_days,
        ),
        Notifier::new(clients.sns, configuration.topics),
        Clock::system(),
        Log::to_stdout(),
    );
    receiver.warm().await;
    let receiver = &receiver;
    lambda_http::run(service_fn(move |request: Request| async move {
        Ok::<_, Error>(receiver.receive(request).await)
    }))
    .await
}
