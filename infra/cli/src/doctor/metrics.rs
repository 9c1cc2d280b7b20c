//! Reads the receivers' metrics of a deployed stack from CloudWatch.

use anyhow::Result;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use ingestion::clock;
use jiff::{SignedDuration, Timestamp};
use normalization::ProviderName;

use super::report::Report;
use crate::{aws, output};

/// The period of one data point, in seconds.
const PERIOD: i32 = 3_600;

/// How far back to look for events: longer than any provider retries (11 days).
const EVENTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How far back to look for rejected webhooks.
const REFUSALS: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Metrics {
    pub(super) client: Client,
    pub(super) namespace: String,
}

/// The sum of a metric in one hour.
struct Hour {
    begins: Timestamp,
    sum: f64,
}

impl Metrics {
    /// Reports the hour of the last event and any rejected webhooks. The sample that `doctor --post` posted at `posted`
    /// does not count as an event.
    pub(super) async fn check(
        &self,
        provider: ProviderName,
        posted: Option<Timestamp>,
        report: &mut Report<'_>,
    ) -> Result<()> {
        let events = ("events", provider.as_str());
        let refused = ("refused", provider.as_str());
        let both = async {
            let recorded = self.hours("Recorded", provider, EVENTS).await?;
            anyhow::Ok((recorded, self.hours("Refused", provider, REFUSALS).await?))
        };
        let (recorded, refusals) = match both.await {
            Ok((recorded, refusals)) => (without(recorded, posted), refusals),
            Err(error) => {
                let says = format!("cannot read CloudWatch: {error:#}");
                let remedy = format!("check the metrics of {} there", self.namespace);
                return report.warning(events, says, remedy);
            }
        };
        match recorded.last() {
            Some(hour) => report.good(events, format!("the last came in {}", hour.name()))?,
            None => report.warning(
                events,
                format!("no event was recorded in {} days", EVENTS.as_hours() / 24),
                "check in the provider's dashboard that the webhook exists and is enabled",
            )?,
        }
        let Some(last) = refusals.last() else {
            return report.good(
                refused,
                format!("every signature was valid in the last {} hours", REFUSALS.as_hours()),
            );
        };
        let number: f64 = refusals.iter().map(|hour| hour.sum).sum();
        let says = format!(
            "{number} webhooks were rejected in the last {} hours, the last in {}",
            REFUSALS.as_hours(),
            last.name()
        );
        let day_ago = clock::now() - REFUSALS;
        if recorded.iter().any(|hour| hour.begins >= day_ago) {
            let remedy = "others are accepted: this is a forgery attempt or an unfinished rotation";
            return report.warning(refused, says, remedy);
        }
        report.bad(
            refused,
            format!("{says}, and none was recorded"),
            "the signing secret differs from the provider's: store the provider's",
        )
    }

    /// The hours in which the metric was above zero, oldest first.
    async fn hours(&self, metric: &str, provider: ProviderName, back: SignedDuration) -> Result<Vec<Hour>> {
        let now = clock::now();
        let dimension = Dimension::builder().name("provider").value(provider.as_str());
        let request = self
            .client
            .get_metric_statistics()
            .namespace(&self.namespace)
            .metric_name(metric)
            .dimensions(dimension.build())
            .start_time(DateTime::from_secs((now - back).as_second()))
            .end_time(DateTime::from_secs(now.as_second()))
            .period(PERIOD)
            .statistics(Statistic::Sum);
        let points = request.send().await.map_err(aws::failure)?.datapoints.unwrap_or_default().into_iter();
        let mut hours: Vec<_> = points
            .filter_map(|point| {
                let begins = Timestamp::from_second(point.timestamp?.secs()).ok()?;
                let sum = point.sum.filter(|sum| *sum > 0.0)?;
                Some(Hour { begins, sum })
            })
            .collect();
        hours.sort_by_key(|hour| hour.begins);
        Ok(hours)
    }
}

/// Subtracts the sample that was received at this time.
fn without(mut hours: Vec<Hour>, posted: Option<Timestamp>) -> Vec<Hour> {
    let period = SignedDuration::ZERO..SignedDuration::from_secs(PERIOD.into());
    for hour in &mut hours {
        let since = posted.map(|posted| posted.duration_since(hour.begins));
        if since.is_some_and(|since| period.contains(&since)) {
            hour.sum -= 1.0;
        }
    }
    hours.retain(|hour| hour.sum > 0.0);
    hours
}

impl Hour {
    fn name(&self) -> String {
        format!("the hour from {}", output::moment(self.begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_taken_out_of_the_hour_that_it_was_received_in() {
        let hour = |begins: &str| Hour { begins: begins.parse().unwrap(), sum: 1.0 };
        for (posted, left) in [
            ("2026-10-01T09:59:59.6Z", "2026-10-01T10:00:00Z"),
            ("2026-10-01T10:00:00Z", "2026-10-01T09:00:00Z"),
            ("2026-10-01T10:59:59.6Z", "2026-10-01T09:00:00Z"),
        ] {
            let hours = vec![hour("2026-10-01T09:00:00Z"), hour("2026-10-01T10:00:00Z")];
            let hours = without(hours, Some(posted.parse().unwrap()));
            let begins: Vec<_> = hours.iter().map(|hour| hour.begins.to_string()).collect();
            assert_eq!(begins, [left], "{posted}");
        }
    }
}
