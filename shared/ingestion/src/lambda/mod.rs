//! The functions that Lambda runs.

mod deployment;
mod gateway;

use std::time::Duration;

use jiff::Timestamp;
use lambda_http::{Request, RequestExt};
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use normalization::Provider;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::Clients;
use crate::clock::Clock;
use crate::configuration::{Configuration, ListConfiguration, SecretSource};
use crate::environment;
use crate::log::Log;
use crate::notifier::Notifier;
use crate::receiver::Receiver;
use crate::redrive::Redrive;
use crate::secrets::Secrets;
use crate::store::{Store, WriteSettings};
use crate::suppressions::{Batch, Consumer, Keeper, Suppressions};

use deployment::DeploymentCheck;
pub use gateway::{GatewayEvent, Unreadable};

/// Time that a redrive keeps in reserve, to finish a call and write the log line.
const REDRIVE_RESERVE: Duration = Duration::from_secs(5);

/// Receives the webhooks of one provider until Lambda ends the process.
///
/// # Errors
///
/// The configuration is invalid, or the Lambda Runtime API does not answer.
pub async fn serve(provider: &'static Provider) -> Result<(), Error> {
    let log = Log::to_stdout();
    log.install_panic_hook();
    let (configuration, source) = Configuration::of_receiver(environment::variable)?;
    let log = log.with_namespace(&configuration.metrics_namespace);
    let clients = Clients::new(&configuration.access);
    let secrets = match source {
        SecretSource::Environment(text) => Secrets::fixed(&text),
        SecretSource::SecretsManager(id) => {
            Secrets::managed(clients.secrets_manager.clone(), id.0, Clock::system())
        }
    };
    let time_limits = configuration.access.time_limits;
    let (store, notifier) = parts(clients, configuration);
    let mut receiver = Receiver::new(provider, secrets, store, notifier, Clock::system(), log.clone());
    if !time_limits {
        receiver = receiver.without_time_limits();
    }
    // On the heap, because the future is large and runs once.
    Box::pin(receiver.warm()).await;
    let (receiver, log) = (&receiver, &log);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<GatewayEvent>| async move {
        let request = Request::try_from(event.payload).inspect_err(|unreadable| {
            log.write(&json!({
                "provider": provider.name,
                "outcome": "unreadable",
                "reason": unreadable.to_string(),
                "request_id": event.context.request_id,
            }));
        })?;
        let request = request.with_lambda_context(event.context);
        // On the heap, because the runtime moves the future that contains it.
        let response = Box::pin(receiver.receive(request)).await;
        Ok::<_, Error>(gateway::answer(response))
    }))
    .await
}

/// Announces waiting events at each scheduled invocation, and answers CloudFormation's request at a deployment, until Lambda ends
/// the process.
///
/// # Errors
///
/// The configuration is invalid, or the Lambda Runtime API does not answer.
pub async fn redrive() -> Result<(), Error> {
    let log = Log::to_stdout();
    log.install_panic_hook();
    let mut configuration = Configuration::of_redrive(environment::variable)?;
    let log = log.with_namespace(&configuration.metrics_namespace);
    let providers = std::mem::take(&mut configuration.providers);
    let clients = Clients::new(&configuration.access);
    let (store, notifier) = parts(clients, configuration);
    let clock = Clock::system();
    let redrive = Redrive::new(store, notifier, clock.clone(), log).watching(providers);
    let (redrive, clock) = (&redrive, &clock);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        if let Ok(check) = DeploymentCheck::deserialize(&event.payload) {
            return Ok(check.answer().await?);
        }
        let time = remaining(&event.context, clock.now());
        // On the heap, because the future is large and runs once per minute.
        Box::pin(redrive.run(time.saturating_sub(REDRIVE_RESERVE))).await;
        Ok::<_, Error>(())
    }))
    .await
}

/// Takes announcements from a queue into the suppression list, until Lambda ends the process.
///
/// # Errors
///
/// The configuration is invalid, or the Lambda Runtime API does not answer.
pub async fn suppress() -> Result<(), Error> {
    let log = Log::to_stdout();
    log.install_panic_hook();
    let configuration = ListConfiguration::read(environment::variable)?;
    let log = log.with_namespace(&configuration.metrics_namespace);
    let clients = Clients::new(&configuration.access);
    let list =
        Suppressions::new(clients.dynamodb.clone(), configuration.list_table_name, configuration.policy);
    // The function reads events only, so the settings for writing are never used.
    let store = Store::new(clients.dynamodb, configuration.table_name, WriteSettings::default());
    let keeper = Keeper::new(list, store, Clock::system());
    let consumer = Consumer::new(keeper, Clock::system(), log);
    let consumer = &consumer;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Batch>| async move {
        Ok::<_, Error>(Box::pin(consumer.take(event.payload)).await)
    }))
    .await
}

fn parts(clients: Clients, configuration: Configuration) -> (Store, Notifier) {
    let store = Store::new(clients.dynamodb, configuration.table_name, configuration.write);
    (store, Notifier::new(clients.sns, configuration.topics))
}

/// The time until Lambda ends the invocation.
fn remaining(context: &Context, now: Timestamp) -> Duration {
    let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Duration::from_millis(context.deadline.saturating_sub(now))
}
