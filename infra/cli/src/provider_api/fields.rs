//! What a webhook can have, as options of the command line.

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};
use url::Url;

use crate::options::{UsageError, web_address};

/// What a webhook is called where nothing else is said.
pub(super) const NAME: &str = "mailhooks";

/// Rules of one filter at Emailit (<https://github.com/emailit/plugins>, skills/emailit-webhooks/SKILL.md).
const MAX_RULES: usize = 25;

/// The same page has them all.
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

/// The documented fields of every provider.
#[derive(clap::Args)]
#[command(next_help_heading = "Fields of the webhook")]
#[expect(clippy::struct_excessive_bools, reason = "these are the flags of a command line")]
pub(crate) struct Fields {
    /// Where the provider posts to
    #[arg(long, value_parser = web_address)]
    pub(crate) url: Option<Url>,
    /// A type of event to subscribe to, by the provider's word; several by commas or by repeating it
    #[arg(long = "event", value_name = "TYPE", value_delimiter = ',')]
    pub(crate) events: Vec<String>,
    /// Subscribe to every type
    #[arg(long)]
    pub(crate) all_events: bool,
    /// Whether the provider sends anything
    #[arg(long)]
    pub(crate) status: Option<Status>,
    /// What it is called (JetEmail, Emailit)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it is for (Jasni)
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Send outbound events of this transactional key or smarthost only; can be repeated (JetEmail)
    #[arg(long = "filter-user", value_name = "USER", conflicts_with = "all_users")]
    pub(crate) filter_users: Vec<String>,
    /// Send outbound events of all users (JetEmail)
    #[arg(long)]
    pub(crate) all_users: bool,
    /// Send inbound events of this inbound domain only; can be repeated (JetEmail)
    #[arg(long = "filter-domain", value_name = "DOMAIN", conflicts_with = "all_domains")]
    pub(crate) filter_domains: Vec<String>,
    /// Send inbound events of all domains (JetEmail)
    #[arg(long)]
    pub(crate) all_domains: bool,
    /// Send only events that this is true of, such as 'meta.app equals billing'; can be repeated (Emailit, plans Pro
    /// and Business)
    #[arg(long = "rule", value_name = "'FIELD OPERATOR VALUE'", conflicts_with = "no_rules")]
    pub(crate) rules: Vec<String>,
    /// Whether all rules must be true of an event, or any (Emailit)
    #[arg(long = "match", requires = "rules")]
    pub(crate) matching: Option<Matching>,
    /// Send events whatever is true of them (Emailit)
    #[arg(long)]
    pub(crate) no_rules: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Status {
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Matching {
    All,
    Any,
}

/// What the command line says must be so.
pub(super) fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(UsageError(otherwise.to_owned()).into()) }
}

impl Fields {
    pub(super) fn enabled(&self) -> Option<bool> {
        self.status.map(|status| status == Status::Enabled)
    }

    /// Whether only options were given that this provider has a field for.
    pub(super) fn only(&self, provider: &str, options: &[&str]) -> Result<()> {
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
        let foreign = given.iter().find(|(option, given)| *given && !options.contains(option));
        foreign.map_or(Ok(()), |(option, _)| {
            let has: Vec<String> = options.iter().map(|option| format!("--{option}")).collect();
            let message =
                format!("--{option}: {provider}'s webhooks have no such field; they have {}", has.join(", "));
            Err(UsageError(message).into())
        })
    }

    /// The types that were asked for, if any were, of a provider that has these and no others.
    pub(super) fn types(&self, provider: &str, known: &[&str]) -> Result<Option<Vec<String>>> {
        if self.all_events {
            check(self.events.is_empty(), "--all-events has every type already: leave out --event")?;
            return Ok(Some(known.iter().map(|&name| name.to_owned()).collect()));
        }
        for name in &self.events {
            check(
                known.contains(&name.as_str()),
                &format!("--event {name}: {provider} documents no such type; it has {}", known.join(", ")),
            )?;
        }
        Ok((!self.events.is_empty()).then(|| self.events.clone()))
    }

    /// The rules, as Emailit takes them.
    pub(super) fn filter(&self) -> Result<Option<Value>> {
        if self.rules.is_empty() {
            return Ok(None);
        }
        check(self.rules.len() <= MAX_RULES, "--rule: Emailit takes up to 25 rules")?;
        let rules: Vec<Value> = self.rules.iter().map(|rule| read_rule(rule)).collect::<Result<_>>()?;
        let matching = match self.matching {
            Some(Matching::Any) => "any",
            _ => "all",
        };
        Ok(Some(json!({"match": matching, "rules": rules})))
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
            "--rule '{text}': it is a field, an operator and a value, such as 'meta.app equals billing'; operators are {}",
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
