//! Sends documented samples from the page: signed and posted as by `mailhooks send`, with new ids.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use normalization::{ProviderName, SigningSecret, sign};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, error};
use crate::http;
use crate::samples::{Sample, samples, suffix};

/// The secret that signs a wrongly signed sample.
const WRONG_SECRET: &str = "a-secret-that-no-provider-has-given-out";

pub(super) async fn list() -> Response {
    match documented() {
        Ok(all) => Json(all).into_response(),
        Err(problem) => error::failed(&format!("{problem:#}")),
    }
}

fn documented() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for &provider in ProviderName::ALL {
        for fixture in samples(provider)? {
            if let Some(word) = fixture.documents {
                all.push(json!({
                    "provider": provider,
                    "case": fixture.name,
                    "word": word,
                    "about": fixture.about,
                }));
            }
        }
    }
    Ok(all)
}

/// Which sample to send, and how.
#[derive(Deserialize)]
pub(super) struct Order {
    provider: ProviderName,
    case: String,
    manner: Manner,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Manner {
    Once,
    Twice,
    WronglySigned,
}

pub(super) async fn send(State(page): State<Arc<Page>>, Json(order): Json<Order>) -> Response {
    match page.send(&order).await {
        Ok(answers) => Json(json!({"answers": answers})).into_response(),
        Err(problem) => error::failed(&format!("{problem:#}")),
    }
}

impl Page {
    async fn send(&self, order: &Order) -> Result<Vec<Value>> {
        let sample = self.sample(order)?;
        let secret = self.secret(order).await?;
        let url = format!("{}/webhooks/{}", self.url, order.provider).parse()?;
        let times = if order.manner == Manner::Twice { 2 } else { 1 };
        let mut answers = Vec::new();
        for _ in 0..times {
            let now = self.sources.clock.now();
            let headers = sign(order.provider.provider(), &secret, &sample.body, now);
            let answer = http::post(&url, headers, sample.body.clone()).await?;
            answers.push(json!({"status": answer.status, "body": answer.body}));
        }
        Ok(answers)
    }

    fn sample(&self, order: &Order) -> Result<Sample> {
        let named = samples(order.provider)?.into_iter().find(|fixture| fixture.name == order.case);
        let now = self.sources.clock.now();
        Sample::new(named.context("there is no such sample")?, &suffix(now), now)
    }

    async fn secret(&self, order: &Order) -> Result<SigningSecret> {
        if order.manner == Manner::WronglySigned {
            return Ok(WRONG_SECRET.parse()?);
        }
        let secrets = self.sources.local.as_ref().and_then(|local| local.secrets.get(&order.provider));
        Ok(secrets.context("this provider has no signing secret here")?.accepted().await?.current().clone())
    }
}
