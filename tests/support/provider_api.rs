//! The management APIs of the providers, as their documentation describes them: what is asked is checked, what is
//! answered has the documented shape, and what goes wrong does so in the provider's own way.

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

/// The key that is accepted.
pub const KEY: &str = "api_key_of_a_test_0123456789";

/// A running API.
pub struct ProviderApi {
    provider: ProviderName,
    server: Server,
    account: Arc<Mutex<Account>>,
}

/// What the provider keeps of a customer.
#[derive(Default)]
pub struct Account {
    /// The webhooks, as the provider shows them, secrets included.
    pub webhooks: Vec<Map<String, Value>>,
    /// What its list of events holds, newest first.
    pub events: Vec<Value>,
    /// How many of them one answer has, whatever was asked for.
    pub page: usize,
    /// What was asked, in order.
    pub calls: Vec<Call>,
    /// What the next calls are answered instead.
    pub instead: VecDeque<Answer>,
    /// Where a replay goes, and the secret that signs it.
    pub replays_to: Option<(String, String)>,
    made: usize,
}

/// A call as it came.
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

    /// Whose it is.
    pub fn provider(&self) -> ProviderName {
        self.provider
    }

    /// What `--api-base` names.
    pub fn base(&self) -> String {
        format!("{}{}", self.server.endpoint(), prefix(self.provider))
    }

    /// Looks at the account, or changes it.
    pub fn account<T>(&self, work: impl FnOnce(&mut Account) -> T) -> T {
        work(&mut self.account.lock().unwrap())
    }

    /// Has the next call answered with this.
    pub fn next(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let answer = (status, headers.collect(), body.to_owned());
        self.account(|account| account.instead.push_back(answer));
    }

    /// What was asked since the last time.
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
    /// Something to put into an id or a secret: each time another.
    pub(crate) fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// The place of the webhook whose member `id` has this value.
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

/// A request, and what it says.
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

    /// Whether the body has no members but these.
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

/// The answer, and where the event goes if it was asked to be sent again.
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
