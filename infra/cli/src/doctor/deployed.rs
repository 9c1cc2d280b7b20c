//! Checks a deployed stack.

use anyhow::Result;
use aws_sdk_sns::Client;
use ingestion::secrets::SecretsError;
use mailhooks_local::table::Definition;
use normalization::ProviderName;

use super::metrics::Metrics;
use super::report::Report;
use super::target::Target;
use super::{Arguments, alarms, attached, receivers, sample, table, webhook};
use crate::stack::DeployedStack;
use crate::{aws, connect, output, secret_store};

/// CloudFormation's statuses for a stack that matches its template.
const COMPLETE: [&str; 3] = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"];

pub(super) async fn check(name: &str, arguments: &Arguments, report: &mut Report<'_>) -> Result<()> {
    let stack = match DeployedStack::find(name).await {
        Ok(stack) => stack,
        Err(error) => {
            let remedy = "your role needs cloudformation:DescribeStacks on it";
            return report.bad(("stack", ""), format!("{error:#}"), remedy);
        }
    };
    deployment(&stack, report)?;
    let connection = connect::open(report.global).await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&stack.configuration);
    match stack.parameter("ExistingTable") {
        Some(table) => attached::check(&dynamodb, table, Definition::Events, report).await?,
        None => table::shape(&connection.store, report).await?,
    }
    let redrive = output::invocation(["redrive", "--stack", name]);
    table::outbox(&connection.store, &redrive, report).await?;
    table::list(connection.list.as_ref(), report).await?;
    if let (Some(_), Some(table)) = (&connection.list, stack.parameter("ExistingSuppressions")) {
        attached::check(&dynamodb, table, Definition::Suppressions, report).await?;
    }
    topics(&stack, report).await?;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&stack.configuration);
    alarms::check(&cloudwatch, name, report).await?;
    let metrics = Metrics { client: cloudwatch, namespace: stack.metrics_namespace() };
    let mut date = None;
    for &provider in ProviderName::ALL.iter().filter(|&&provider| stack.receives(provider)) {
        secret(&stack, provider, report).await?;
        let posted = sample::received_at(&connection.store, provider).await;
        metrics.check(provider, posted, report).await?;
        let logs = format!("the log group /aws/lambda/{name}/{provider}");
        let url = stack.webhook_url(provider)?;
        date = receivers::check(provider, &url, &logs, report).await?.or(date);
        let accepted = stack.signing_secrets(provider).await.ok();
        if let (Some(accepted), true) = (&accepted, arguments.post) {
            sample::post(provider, &url, accepted.current(), &logs, report).await?;
        }
        let function_url = stack.function_url(provider);
        let target = Target::Deployed { url: &url, function_url: function_url.as_ref(), stack: name };
        let accepted = accepted.as_deref();
        webhook::check(provider, target, &arguments.accesses, accepted, report).await?;
    }
    match date {
        Some(date) => receivers::clock(date, report),
        None => Ok(()),
    }
}

/// Checks that the last deployment is complete.
fn deployment(stack: &DeployedStack, report: &mut Report<'_>) -> Result<()> {
    let check = ("stack", "");
    let status = stack.status.as_str();
    if COMPLETE.contains(&status) {
        return report.good(check, format!("its deployment is complete ({status})"));
    }
    let says = format!("its last deployment is {status}");
    report.bad(check, says, "check its events in CloudFormation and deploy again")
}

/// Checks that each topic exists and has a confirmed subscription.
async fn topics(stack: &DeployedStack, report: &mut Report<'_>) -> Result<()> {
    let client = Client::new(&stack.configuration);
    let topics = match stack.topics() {
        Ok(topics) => topics,
        Err(error) => {
            return report.bad(("topics", ""), format!("{error:#}"), "deploy this version's template.yaml");
        }
    };
    for (name, arn) in topics.iter() {
        topic(&client, name.name(), arn, report).await?;
    }
    Ok(())
}

async fn topic(client: &Client, name: &str, arn: &str, report: &mut Report<'_>) -> Result<()> {
    let check = ("topic", name);
    let answer = client.get_topic_attributes().topic_arn(arn).send().await;
    let attributes = match answer {
        Ok(answer) => answer.attributes.unwrap_or_default(),
        Err(error) => {
            let says = format!("cannot read {arn}: {:#}", aws::failure(error));
            let remedy =
                "deploy the stack again if it was deleted; otherwise check the permissions of your role";
            return report.bad(check, says, remedy);
        }
    };
    let number = |name: &str| -> u64 {
        attributes.get(name).map(String::as_str).unwrap_or_default().parse().unwrap_or_default()
    };
    match (number("SubscriptionsConfirmed"), number("SubscriptionsPending")) {
        (0, 0) => {
            let remedy = format!("`aws sns subscribe --topic-arn {arn}` with a protocol and an endpoint");
            report.warning(check, "it has no subscription", remedy)
        }
        (0, pending) => {
            let says = format!("it has no confirmed subscription; {pending} are pending");
            let remedy = "follow the link in SNS's confirmation mail, or subscribe again";
            report.warning(check, says, remedy)
        }
        (confirmed, _) => report.good(check, format!("confirmed subscriptions: {confirmed}")),
    }
}

/// Checks that the receiver has a signing secret.
async fn secret(stack: &DeployedStack, provider: ProviderName, report: &mut Report<'_>) -> Result<()> {
    let check = ("secret", provider.as_str());
    let id = stack.signing_secret_id(provider)?;
    let global = report.global;
    let remedy = |more| {
        let set = secret_store::set_command(provider, more, global);
        format!(
            "`{set}` prompts for the provider's secret and stores it; or use `aws secretsmanager put-secret-value \
             --secret-id {id} --secret-string file:///dev/stdin`"
        )
    };
    match stack.secrets(provider)?.accepted().await {
        Ok(_) => report.good(check, "it is set"),
        Err(SecretsError::NotSet) => {
            report.bad(check, "it is not set yet: every webhook is answered 503", remedy(&[]))
        }
        Err(error @ SecretsError::Unusable(_)) => {
            report.bad(check, format!("{error}: every webhook is answered 503"), remedy(&["--only"]))
        }
        Err(error) => {
            report.bad(check, format!("cannot read {id}: {error}"), "check the permissions of your role")
        }
    }
}
