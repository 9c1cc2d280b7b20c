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

/// The periods of one data point, in seconds. A call returns at most 1,440 of them.
const HOUR: i32 = 3_600;
const DAY: i32 = 86_400;

/// How far back to look for events: longer than any provider retries (11 days).
pub(super) const EVENTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How far back to look for any event: as long as CloudWatch keeps a metric
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>).
const EVER: SignedDuration = SignedDuration::from_hours(455 * 24);

/// How far back to look for rejected webhooks.
const REFUSALS: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Metrics {
    pub(super) client: Client,
    pub(super) namespace: String,
}

/// The sum of a metric in one period.
struct Period {
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
            let recorded = self.recorded(provider, posted, EVENTS, HOUR).await?;
            anyhow::Ok((recorded, self.sums("Refused", provider, REFUSALS, HOUR).await?))
        };
        let (recorded, refusals) = match both.await {
            Ok(found) => found,
            Err(error) => {
                let says = format!("cannot read CloudWatch: {error:#}");
                let remedy = format!("check the metrics of {} there", self.namespace);
                return report.warning(events, says, remedy);
            }
        };
        match recorded.last() {
            Some(hour) => report.good(events, format!("the last came in {}", hour.name()))?,
            None => self.silent(provider, posted, report).await?,
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

    /// Reports a provider of which no event was recorded lately, or ever.
    async fn silent(
        &self,
        provider: ProviderName,
        posted: Option<Timestamp>,
        report: &mut Report<'_>,
    ) -> Result<()> {
        let lately = format!("no event was recorded in {} days", EVENTS.as_hours() / 24);
        let says = match self.recorded(provider, posted, EVER, DAY).await.as_deref() {
            Ok([]) => "nothing was ever received".to_owned(),
            Ok([.., day]) => format!("{lately}, the last on {:.10}", day.begins.to_string()),
            Err(_) => lately,
        };
        let remedy = "check in the provider's dashboard that the webhook exists and is enabled";
        report.warning(("events", provider.as_str()), says, remedy)
    }

    /// The periods in which events were recorded, without the sample.
    async fn recorded(
        &self,
        provider: ProviderName,
        posted: Option<Timestamp>,
        back: SignedDuration,
        period: i32,
    ) -> Result<Vec<Period>> {
        Ok(without(self.sums("Recorded", provider, back, period).await?, posted, period))
    }

    /// The periods in which the metric was above zero, oldest first.
    async fn sums(
        &self,
        metric: &str,
        provider: ProviderName,
        back: SignedDuration,
        period: i32,
    ) -> Result<Vec<Period>> {
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
            .period(period)
            .statistics(Statistic::Sum);
        let points = request.send().await.map_err(aws::failure)?.datapoints.unwrap_or_default().into_iter();
        let mut hours: Vec<_> = points
            .filter_map(|point| {
                let begins = Timestamp::from_second(point.timestamp?.secs()).ok()?;
                let sum = point.sum.filter(|sum| *sum > 0.0)?;
                Some(Period { begins, sum })
            })
            .collect();
        hours.sort_by_key(|hour| hour.begins);
        Ok(hours)
    }
}

/// Subtracts the sample that was received at this time.
fn without(mut hours: Vec<Period>, posted: Option<Timestamp>, period: i32) -> Vec<Period> {
    let period = SignedDuration::ZERO..SignedDuration::from_secs(period.into());
    for hour in &mut hours {
        let since = posted.map(|posted| posted.duration_since(hour.begins));
        if since.is_some_and(|since| period.contains(&since)) {
            hour.sum -= 1.0;
        }
    }
    hours.retain(|hour| hour.sum > 0.0);
    hours
}

impl Period {
    fn name(&self) -> String {
        format!("the hour from {}", output::moment(self.begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_taken_out_of_the_hour_that_it_was_received_in() {
        let hour = |begins: &str| Period { begins: begins.parse().unwrap(), sum: 1.0 };
        for (posted, left) in [
            ("2026-10-01T09:59:59.6Z", "2026-10-01T10:00:00Z"),
            ("2026-10-01T10:00:00Z", "2026-10-01T09:00:00Z"),
            ("2026-10-01T10:59:59.6Z", "2026-10-01T09:00:00Z"),
        ] {
            let hours = vec![hour("2026-10-01T09:00:00Z"), hour("2026-10-01T10:00:00Z")];
            let hours = without(hours, Some(posted.parse().unwrap()), HOUR);
            let begins: Vec<_> = hours.iter().map(|hour| hour.begins.to_string()).collect();
            assert_eq!(begins, [left], "{posted}");
        }
    }
}
