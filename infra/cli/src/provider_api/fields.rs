//! The fields of a webhook as command-line options.

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use url::Url;

use super::Management;
use crate::options::{UsageError, web_address};

/// The default name of a webhook.
const NAME: &str = "mailhooks";

/// The most rules in one Emailit filter (<https://github.com/emailit/plugins>, skills/emailit-webhooks/SKILL.md).
const MAX_RULES: usize = 25;

/// The operators of a rule, from the same page.
const OPERATORS: &[&str] = &[
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "greater_than",
    "less_than",
    "is_set",
    "is_not_set",
    "in",
    "not_in",
];

/// The documented webhook fields of all providers.
#[derive(clap::Args)]
#[command(next_help_heading = "Fields of the webhook")]
#[expect(clippy::struct_excessive_bools, reason = "these are the flags of a command line")]
pub(crate) struct Fields {
    /// URL that the provider posts to
    #[arg(long, value_parser = web_address)]
    pub(crate) url: Option<Url>,
    /// Event type to subscribe to, by the provider's name; comma-separated or repeated
    #[arg(long = "event", value_name = "TYPE", value_delimiter = ',')]
    pub(crate) events: Vec<String>,
    /// Subscribe to all event types
    #[arg(long)]
    all_events: bool,
    /// Whether the webhook is enabled
    #[arg(long)]
    status: Option<Status>,
    /// Name of the webhook (JetEmail, Emailit)
    #[arg(long)]
    name: Option<String>,
    /// Description of the webhook (Jasni)
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Send only outbound events of this transactional key or smarthost; can be repeated (JetEmail)
    #[arg(long = "filter-user", value_name = "USER", conflicts_with = "all_users")]
    filter_users: Vec<String>,
    /// Send outbound events of all users (JetEmail)
    #[arg(long)]
    all_users: bool,
    /// Send only inbound events of this domain; can be repeated (JetEmail)
    #[arg(long = "filter-domain", value_name = "DOMAIN", conflicts_with = "all_domains")]
    filter_domains: Vec<String>,
    /// Send inbound events of all domains (JetEmail)
    #[arg(long)]
    all_domains: bool,
    /// Send only events that match this rule, such as 'meta.app equals billing'; can be repeated (Emailit, plans Pro
    /// and Business)
    #[arg(long = "rule", value_name = "'FIELD OPERATOR VALUE'", conflicts_with = "no_rules")]
    rules: Vec<String>,
    /// Whether an event must match all rules or any of them [default: all] (Emailit)
    #[arg(long = "match", requires = "rules")]
    matching: Option<Matching>,
    /// Remove all rules (Emailit)
    #[arg(long)]
    no_rules: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Status {
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, ValueEnum)]
enum Matching {
    All,
    Any,
}

/// Fails with a usage error unless the condition holds.
pub(super) fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(UsageError(otherwise.to_owned()).into()) }
}

impl Fields {
    /// The request body that creates a webhook, with defaults for the options that were not given.
    pub(crate) fn creation(&self, management: &Management, url: &Url) -> Result<Map<String, Value>> {
        if let Some(refusal) = management.status_refused {
            check(self.status.is_none(), refusal)?;
        }
        let mut body = self.change(management)?;
        if management.options.contains(&"name") {
            body.entry("name").or_insert_with(|| NAME.into());
        }
        body.insert("url".to_owned(), url.as_str().into());
        if management.types.is_empty() && self.events.is_empty() {
            body.insert("all_events".to_owned(), true.into());
        } else {
            body.entry("events").or_insert_with(|| management.types.into());
        }
        Ok(body)
    }

    /// The request body that changes only the given fields of a webhook.
    pub(crate) fn change(&self, management: &Management) -> Result<Map<String, Value>> {
        self.only(management)?;
        self.name.as_deref().map_or(Ok(()), management.check_name)?;
        self.check_types(management)?;
        let mut body = Map::new();
        let mut set = |member: &str, value: Value| body.insert(member.to_owned(), value);
        for (member, text) in [
            ("name", self.name.as_deref()),
            ("url", self.url.as_ref().map(Url::as_str)),
            ("description", self.description.as_deref()),
        ] {
            if let Some(text) = text {
                set(member, text.into());
            }
        }
        if self.all_events && !management.types.is_empty() {
            set("events", management.types.into());
        } else if !self.events.is_empty() {
            // With `all_events`, these are added to it: it leaves out w:…, c:…, product.viewed and cart.updated.
            set("events", self.events.as_slice().into());
        }
        if management.types.is_empty() && (self.all_events || !self.events.is_empty()) {
            set("all_events", self.all_events.into());
        }
        if let Some(status) = self.status {
            let (member, status) = (management.status)(status == Status::Enabled);
            set(member, status);
        }
        for (member, values, all) in [
            ("filter_users", &self.filter_users, self.all_users),
            ("filter_domains", &self.filter_domains, self.all_domains),
        ] {
            if all {
                // `null` removes the filter.
                set(member, Value::Null);
            } else if !values.is_empty() {
                set(member, values.as_slice().into());
            }
        }
        if self.no_rules {
            set("filter", Value::Null);
        } else if !self.rules.is_empty() {
            set("filter", self.filter()?);
        }
        Ok(body)
    }

    /// Rejects options that this provider has no field for.
    fn only(&self, management: &Management) -> Result<()> {
        let given = [
            ("name", self.name.is_some()),
            ("url", self.url.is_some()),
            ("event", !self.events.is_empty()),
            ("all-events", self.all_events),
            ("status", self.status.is_some()),
            ("description", self.description.is_some()),
            ("filter-user", !self.filter_users.is_empty()),
            ("all-users", self.all_users),
            ("filter-domain", !self.filter_domains.is_empty()),
            ("all-domains", self.all_domains),
            ("rule", !self.rules.is_empty()),
            ("match", self.matching.is_some()),
            ("no-rules", self.no_rules),
        ];
        let Management { name, options, .. } = management;
        let Some((foreign, _)) = given.iter().find(|(option, given)| *given && !options.contains(option))
        else {
            return Ok(());
        };
        let has: Vec<String> = options.iter().map(|option| format!("--{option}")).collect();
        let has = has.join(", ");
        check(false, &format!("--{foreign}: {name}'s webhooks have no such field; they have {has}"))
    }

    /// Rejects unknown event types, if the provider has a fixed list of them.
    fn check_types(&self, Management { name, types, .. }: &Management) -> Result<()> {
        if types.is_empty() {
            return Ok(());
        }
        check(
            !self.all_events || self.events.is_empty(),
            "--all-events already includes every type: leave out --event",
        )?;
        self.events.iter().try_for_each(|event| {
            let known = types.join(", ");
            let otherwise = format!("--event {event}: {name} documents no such type; its types are {known}");
            check(types.contains(&event.as_str()), &otherwise)
        })
    }

    /// The rules as Emailit's `filter` field.
    fn filter(&self) -> Result<Value> {
        check(self.rules.len() <= MAX_RULES, "--rule: Emailit allows up to 25 rules")?;
        let rules: Vec<Value> = self.rules.iter().map(|rule| read_rule(rule)).collect::<Result<_>>()?;
        let matching = match self.matching {
            Some(Matching::Any) => "any",
            _ => "all",
        };
        Ok(json!({"match": matching, "rules": rules}))
    }
}

fn read_rule(text: &str) -> Result<Value> {
    let mut words = text.trim().splitn(3, char::is_whitespace);
    let field = words.next().unwrap_or_default();
    let operator = words.next().unwrap_or_default();
    let value = words.next().map(str::trim).filter(|value| !value.is_empty());
    check(
        OPERATORS.contains(&operator),
        &format!(
            "--rule '{text}': expected a field, an operator and a value, such as 'meta.app equals billing'; operators are \
             {}",
            OPERATORS.join(", ")
        ),
    )?;
    let takes_none = operator.starts_with("is_");
    check(
        value.is_none() == takes_none,
        &format!("--rule '{text}': {operator} takes {}", if takes_none { "no value" } else { "a value" }),
    )?;
    let value = value.map(|value| match operator {
        "in" | "not_in" => value.split(',').map(str::trim).collect(),
        "greater_than" | "less_than" => {
            value.parse::<serde_json::Number>().map_or_else(|_| value.into(), Value::Number)
        }
        _ => value.into(),
    });
    let mut rule = json!({"field": field, "operator": operator});
    if let (Some(value), Some(members)) = (value, rule.as_object_mut()) {
        members.insert("value".to_owned(), value);
    }
    Ok(rule)
}
