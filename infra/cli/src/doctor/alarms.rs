//! The alarms of a deployed stack.

use anyhow::Result;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use jiff::Timestamp;

use super::report::Report;
use crate::{aws, output};

/// Reports each alarm in the state ALARM.
pub(super) async fn check(client: &Client, stack: &str, report: &mut Report<'_>) -> Result<()> {
    let check = ("alarms", "");
    let alarms = match all(client, stack).await {
        Ok(alarms) => alarms,
        Err(error) => {
            let says = format!("cannot read CloudWatch: {error:#}");
            return report.warning(check, says, "grant the permission cloudwatch:DescribeAlarms");
        }
    };
    if alarms.is_empty() {
        let remedy =
            "deploy with the parameter Monitoring=full or basic, unless you monitor the stack by other means";
        return report.warning(check, "the stack has no alarms", remedy);
    }
    let mut on = alarms.iter().filter(|alarm| alarm.state_value == Some(StateValue::Alarm)).peekable();
    if on.peek().is_none() {
        return report.good(check, format!("none of {} is in ALARM", alarms.len()));
    }
    on.try_for_each(|alarm| {
        let name = alarm.alarm_name().unwrap_or_default();
        let since =
            alarm.state_updated_timestamp().and_then(|since| Timestamp::from_second(since.secs()).ok());
        let since = since.map_or_else(String::new, |since| format!(" since {}", output::moment(since)));
        // The template describes each alarm's meaning and remedy in its description.
        let remedy = alarm.alarm_description().unwrap_or("see the alarm in CloudWatch");
        report.bad(("alarm", name), format!("in ALARM{since}"), remedy)
    })
}

/// Lists the stack's alarms. Their names start with the stack's name and a space, which stack names cannot contain.
async fn all(client: &Client, stack: &str) -> Result<Vec<MetricAlarm>> {
    let mut pages = client.describe_alarms().alarm_name_prefix(format!("{stack} ")).into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(aws::failure)?;
        alarms.extend(page.metric_alarms.unwrap_or_default());
    }
    Ok(alarms)
}
