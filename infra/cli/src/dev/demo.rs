//! `mailhooks dev --demo`: posts every documented sample to the stack, twice.

mod check;
mod report;

use anyhow::{Result, bail};
use ingestion::clock;
use mailhooks_local::http::{self, Answer};
use mailhooks_local::samples::{Sample, samples, suffix};
use mailhooks_local::{DataFolder, Stack, signing};
use normalization::{ProviderName, sign};
use url::Url;

use crate::options::Global;
use crate::output;
use check::Evidence;
use report::Report;

/// A sample and the answers to its two posts.
pub(super) struct Posted {
    pub(super) sample: Sample,
    pub(super) first: Answer,
    pub(super) second: Answer,
}

/// Posts the samples, prints the results, and fails if any result is not as documented.
pub(super) async fn run(stack: &Stack, folder: &DataFolder, global: &Global, kept: bool) -> Result<()> {
    let samples = documented()?;
    let mut posted = Vec::with_capacity(samples.len());
    let bar = output::progress(Some(samples.len() as u64), "samples posted twice");
    for sample in samples {
        posted.push(post(stack, folder, sample).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let evidence = Evidence::gather(stack).await?;
    let report = Report { stack, posted: &posted, evidence: &evidence };
    report.print(global, kept)?;
    let problems = report.problems();
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        output::remark(problem);
    }
    bail!("{} of {} samples failed", problems.len(), posted.len())
}

fn documented() -> Result<Vec<Sample>> {
    let now = clock::now();
    let suffix = suffix(now);
    let mut found = Vec::new();
    for &provider in ProviderName::ALL {
        for fixture in samples(provider)?.into_iter().filter(|fixture| fixture.documents.is_some()) {
            found.push(Sample::new(fixture, &suffix, now)?);
        }
    }
    Ok(found)
}

async fn post(stack: &Stack, folder: &DataFolder, sample: Sample) -> Result<Posted> {
    let url: Url = stack.webhook_url(sample.provider).parse()?;
    let secret = signing::secret(sample.provider, folder)?;
    let send = async || {
        let headers = sign(sample.provider.provider(), &secret, &sample.body, clock::now());
        http::post(&url, headers, sample.body.clone()).await
    };
    let (first, second) = (send().await?, send().await?);
    Ok(Posted { sample, first, second })
}
