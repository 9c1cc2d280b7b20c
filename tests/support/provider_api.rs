//! The management APIs of the providers, as documented: requests are checked, answers have the documented shape, and
//! errors have the provider's format.

mod emailit;
mod jasni;
pub mod jetemail;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use normalization::ProviderName;
use serde_json::{Map, Value};

use crate::server::Server;

/// The accepted API key.
pub const KEY: &str = "api_key_of_a_test_0123456789";

/// A running API.
pub struct ProviderApi {
    provider: ProviderName,
    server: Server,
    account: Arc<Mutex<Account>>,
}

/// The provider's data of a customer.
#[derive(Default)]
pub struct Account {
    /// The webhooks, as the provider shows them, secrets included.
    pub webhooks: Vec<Map<String, Value>>,
    /// The list of events, newest first.
    pub events: Vec<Value>,
    /// The suppression list.
    pub suppressions: Vec<Value>,
    /// The number of events per answer, whatever the request asks for.
    pub page: usize,
    /// The calls in order.
    pub calls: Vec<Call>,
    /// The answers to the next calls, instead of the usual ones.
    pub instead: VecDeque<Answer>,
    /// The URL that a replay is sent to, and the secret that signs it.
    pub replays_to: Option<(String, String)>,
    /// The last number of an id or a secret.
    pub made: usize,
}

/// A received call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method and the path with its query, such as `GET /webhooks?page=1`.
    pub line: String,
    /// The body, if there was one.
    pub body: Value,
}

/// Status, headers and body.
pub type Answer = (u16, Vec<(&'static str, String)>, String);

impl ProviderApi {
    /// Starts the API of this provider, with an empty account.
    pub async fn start(provider: ProviderName) -> Self {
        let account = Arc::new(Mutex::new(Account { page: 100, ..Account::default() }));
        let state = (provider, Arc::clone(&account));
        let server = Server::start(Router::new().fallback(answer).with_state(state)).await;
        Self { provider, server, account }
    }

    /// The provider of this API.
    pub fn provider(&self) -> ProviderName {
        self.provider
    }

    /// The value for `--api-base`.
    pub fn base(&self) -> String {
        format!("{}{}", self.server.endpoint(), prefix(self.provider))
    }

    /// Reads or changes the account.
    pub fn account<T>(&self, work: impl FnOnce(&mut Account) -> T) -> T {
        work(&mut self.account.lock().unwrap())
    }

    /// Sets the answer to the next call.
    pub fn next(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let answer = (status, headers.collect(), body.to_owned());
        self.account(|account| account.instead.push_back(answer));
    }

    /// The calls since the last check.
    pub fn calls(&self) -> Vec<Call> {
        self.account(|account| std::mem::take(&mut account.calls))
    }

    /// The secret of a webhook.
    pub fn secret(&self, id: &str) -> String {
        self.account(|account| {
            let webhook = account
                .webhooks
                .iter()
                .find(|webhook| [webhook.get("id"), webhook.get("uuid")].contains(&Some(&id.into())));
            webhook.unwrap()["secret"].as_str().unwrap().to_owned()
        })
    }
}

impl Account {
    /// A unique text for an id or a secret.
    pub(crate) fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// The index of the webhook whose member `id` has this value.
    fn position(&self, member: &str, id: &str) -> Option<usize> {
        self.webhooks.iter().position(|webhook| webhook[member] == id)
    }
}

fn prefix(provider: ProviderName) -> &'static str {
    match provider {
        ProviderName::Jasni => "/api/v1",
        ProviderName::Emailit => "/v2",
        _ => "",
    }
}

/// A request and its parsed content.
struct Asked<'a> {
    method: &'a str,
    path: Vec<&'a str>,
    query: Vec<(String, String)>,
    body: Value,
}

impl Asked<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// Whether the body has only these members.
    fn only(&self, names: &[&str]) -> bool {
        self.body.as_object().is_none_or(|members| members.keys().all(|name| names.contains(&name.as_str())))
    }
}

type Shared = (ProviderName, Arc<Mutex<Account>>);

async fn answer(
    State((provider, account)): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let query = uri.query().unwrap_or_default();
    let asked = Asked {
        method: method.as_str(),
        path: uri
            .path()
            .strip_prefix(prefix(provider))
            .unwrap()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        body: if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() },
    };
    let key = headers.get("authorization").map(|value| value.to_str().unwrap());
    let ((status, headers, body), replay) =
        judged(provider, &account, &asked, key == Some(&format!("Bearer {KEY}")));
    if let Some((url, secret)) = replay {
        jetemail::replay(&account, &asked, url, secret).await;
    }
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

/// The answer, and the URL for the event if the request asks for a replay.
fn judged(
    provider: ProviderName,
    account: &Mutex<Account>,
    asked: &Asked<'_>,
    authorized: bool,
) -> (Answer, Option<(String, String)>) {
    let mut account = account.lock().unwrap();
    let query: Vec<_> = asked.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    account.calls.push(Call {
        line: format!("{} /{}{query}", asked.method, asked.path.join("/")),
        body: asked.body.clone(),
    });
    if let Some(answer) = account.instead.pop_front() {
        return (answer, None);
    }
    let (status, body) = match provider {
        ProviderName::JetEmail => jetemail::answer(&mut account, authorized, asked),
        ProviderName::Jasni => jasni::answer(&mut account, authorized, asked),
        _ => emailit::answer(&mut account, authorized, asked),
    };
    let replayed = asked.path == ["webhooks", "replay"] && status == 200;
    let replay = account.replays_to.clone().filter(|_| replayed);
    ((status, Vec::new(), body.to_string()), replay)
}
