//! The alarms of a stack, from its templates.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expression;
use super::log_filter::LogFilter;
use super::metrics::{Metrics, Name, Values};
use super::rules::{Missing, Rule, State};
use super::template::{Template, text_of};

/// Minutes of a day. An alarm that evaluates more is evaluated once per hour, over whole hours.
const DAY: i64 = 24 * 60;

/// The monitoring of a stack.
#[derive(Default)]
pub(super) struct Definitions {
    pub(super) alarms: Vec<Alarm>,
    pub(super) filters: Vec<LogFilter>,
    /// The format of the access log; empty without an API.
    pub(super) access_log: String,
}

/// An alarm.
pub(super) struct Alarm {
    /// Its name, without that of the stack.
    pub(super) name: String,
    pub(super) rule: Rule,
    /// Whether a mail says that it went off, and that it ended.
    pub(super) mails: [bool; 2],
    period: i64,
    sources: BTreeMap<String, (Name, Statistic)>,
    expression: String,
    threshold: f64,
    operator: Operator,
}

#[derive(Clone, Copy)]
enum Statistic {
    Sum,
    Maximum,
    SampleCount,
}

#[derive(Clone, Copy)]
enum Operator {
    Greater,
    GreaterOrEqual,
    Less,
}

impl Definitions {
    /// The monitoring of a stack with these parameters.
    pub(super) fn of_stack(parameters: &[(&str, &str)]) -> Self {
        let given: Vec<_> = parameters.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        let stack = Template::read("template.yaml", &given);
        let stage = stack.resources("AWS::ApiGatewayV2::Stage").pop();
        let format = stage.map(|(_, stage)| text_of(&stage["AccessLogSettings"]["Format"]));
        let mut found = Self { access_log: format.unwrap_or_default(), ..Self::default() };
        found.add_nested("infra", &stack);
        found
    }

    fn add_nested(&mut self, folder: &str, template: &Template) {
        for (_, nested) in template.resources("AWS::CloudFormation::Stack") {
            let given = nested["Parameters"].as_object().unwrap();
            let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            let file = nested["TemplateURL"].as_str().unwrap().rsplit('/').next().unwrap();
            let nested = Template::read(&format!("{folder}/{file}"), &given);
            let alarms = nested.resources("AWS::CloudWatch::Alarm");
            self.alarms.extend(alarms.iter().map(|(_, alarm)| Alarm::read(alarm)));
            let filters = nested.resources("AWS::Logs::MetricFilter");
            self.filters.extend(filters.iter().map(|(_, filter)| LogFilter::read(filter)));
            self.add_nested(folder, &nested);
        }
    }
}

impl Alarm {
    fn read(properties: &Value) -> Self {
        let mut sources = BTreeMap::new();
        let mut expression = String::new();
        let mut period = 0;
        let single = [properties.clone()];
        for metric in properties["Metrics"].as_array().map_or(&single[..], Vec::as_slice) {
            if let Some(text) = metric["Expression"].as_str() {
                text.clone_into(&mut expression);
                continue;
            }
            let measured = metric.get("MetricStat").unwrap_or(metric);
            let statistic = measured.get("Stat").unwrap_or(&measured["Statistic"]);
            let id = metric["Id"].as_str().unwrap_or("value");
            let name = name(measured.get("Metric").unwrap_or(measured));
            sources.insert(id.to_owned(), (name, Statistic::read(statistic.as_str().unwrap())));
            period = measured["Period"].as_i64().unwrap() / 60;
        }
        let evaluated = whole(&properties["EvaluationPeriods"]);
        let sends = |actions: &str| properties.get(actions).is_some();
        Self {
            name: properties["AlarmName"].as_str().unwrap().strip_prefix("stack ").unwrap().to_owned(),
            rule: Rule {
                evaluated,
                to_alarm: properties.get("DatapointsToAlarm").map_or(evaluated, whole),
                missing: Missing::read(properties["TreatMissingData"].as_str().unwrap()),
            },
            mails: [sends("AlarmActions"), sends("OKActions")],
            period,
            sources,
            expression: if expression.is_empty() { "value".to_owned() } else { expression },
            threshold: text_of(&properties["Threshold"]).parse().unwrap(),
            operator: Operator::read(properties["ComparisonOperator"].as_str().unwrap()),
        }
    }

    /// The state after the evaluation in this minute.
    pub(super) fn evaluate(&self, metrics: &Metrics, minute: i64, current: State) -> State {
        let length = self.period * i64::try_from(self.rule.evaluated).unwrap();
        if length > DAY && minute % 60 != 0 && current != State::InsufficientData {
            return current;
        }
        if !self.sources.values().any(|(name, _)| metrics.have(name)) {
            return self.rule.evaluate(&[], current);
        }
        let periods = 0..i64::try_from(self.rule.range()).unwrap();
        let points: Vec<_> = periods
            .map(|back| {
                let until = minute - back * self.period;
                let metric = |id: &str| {
                    let (name, statistic) = &self.sources[id];
                    metrics.between(name, until - self.period, until).map(|values| statistic.of(values))
                };
                expression::value(&self.expression, &metric)
                    .map(|value| self.operator.holds(value, self.threshold))
            })
            .collect();
        self.rule.evaluate(&points, current)
    }
}

fn name(metric: &Value) -> Name {
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    let dimensions: Vec<_> =
        dimensions.map(|one| (one["Name"].as_str().unwrap(), one["Value"].as_str().unwrap())).collect();
    Name::new(metric["Namespace"].as_str().unwrap(), metric["MetricName"].as_str().unwrap(), &dimensions)
}

fn whole(value: &Value) -> usize {
    text_of(value).parse().unwrap()
}

impl Missing {
    fn read(word: &str) -> Self {
        match word {
            "breaching" => Self::Breaching,
            "notBreaching" => Self::NotBreaching,
            "ignore" => Self::Ignore,
            other => panic!("{other}"),
        }
    }
}

impl Statistic {
    fn read(word: &str) -> Self {
        match word {
            "Sum" => Self::Sum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            other => panic!("{other}"),
        }
    }

    fn of(self, values: Values) -> f64 {
        match self {
            Self::Sum => values.sum,
            Self::Maximum => values.maximum,
            Self::SampleCount => values.samples,
        }
    }
}

impl Operator {
    fn read(word: &str) -> Self {
        match word {
            "GreaterThanThreshold" => Self::Greater,
            "GreaterThanOrEqualToThreshold" => Self::GreaterOrEqual,
            "LessThanThreshold" => Self::Less,
            other => panic!("{other}"),
        }
    }

    fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
        }
    }
}
