//! How CloudWatch evaluates an alarm.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    InsufficientData,
    Ok,
    Alarm,
}

/// How missing values count. Alarms of the namespace `AWS/DynamoDB` use what is set, as the user guide says; the reference of
/// `PutMetricAlarm` says that they always use `Ignore`, and then a throttled table would stay in ALARM.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Missing {
    Breaching,
    NotBreaching,
    Ignore,
}

/// Of the `evaluated` newest periods, `to_alarm` must breach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) evaluated: usize,
    pub(super) to_alarm: usize,
    pub(super) missing: Missing,
}

impl Rule {
    /// The number of values that CloudWatch reads: more than it evaluates, in case some are missing. How many more is not documented; the
    /// examples of the user guide read five to evaluate three.
    pub(super) fn range(self) -> usize {
        self.evaluated + 2
    }

    /// The state after an evaluation of these periods, newest first: whether each breaches, if it has a value.
    pub(super) fn evaluate(self, points: &[Option<bool>], current: State) -> State {
        let real: Vec<bool> = points.iter().flatten().copied().take(self.evaluated).collect();
        let breaching = real.iter().filter(|breaches| **breaches).count();
        let filled = match self.missing {
            Missing::Breaching => self.evaluated - real.len(),
            Missing::NotBreaching | Missing::Ignore => 0,
        };
        let says_nothing = breaching == real.len() && real.len() < self.evaluated;
        match self.missing {
            _ if breaching + filled >= self.to_alarm => State::Alarm,
            Missing::Ignore if says_nothing => current,
            _ => State::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two tables of the user guide, without the column for `missing`, which no alarm of ours uses. The oldest value is first.
    #[test]
    fn the_examples_of_the_user_guide_hold() {
        use State::{Alarm, Ok};
        let kept = State::InsufficientData;
        for (to_alarm, points, ignore, breaching, not_breaching) in [
            (3, "0-X-X", Ok, Ok, Ok),
            (3, "0----", Ok, Ok, Ok),
            (3, "-----", kept, Alarm, Ok),
            (3, "0XX-X", Alarm, Alarm, Alarm),
            (3, "--X--", kept, Alarm, Ok),
            (2, "0-X-X", Alarm, Alarm, Alarm),
            (2, "00X0X", Alarm, Alarm, Alarm),
            (2, "0-X--", Ok, Alarm, Ok),
            (2, "----0", Ok, Alarm, Ok),
            (2, "---X-", kept, Alarm, Ok),
        ] {
            let newest_first: Vec<_> =
                points.chars().rev().map(|one| (one != '-').then_some(one == 'X')).collect();
            for (missing, expected) in [
                (Missing::Ignore, ignore),
                (Missing::Breaching, breaching),
                (Missing::NotBreaching, not_breaching),
            ] {
                let rule = Rule { evaluated: 3, to_alarm, missing };
                assert_eq!(rule.range(), 5);
                assert_eq!(
                    rule.evaluate(&newest_first, kept),
                    expected,
                    "{to_alarm} of 3: {points}, {missing:?}"
                );
            }
        }
    }
}
