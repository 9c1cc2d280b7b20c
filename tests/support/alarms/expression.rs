//! The metric math of the alarms on rates: `IF`, `FILL`, `+`, `*`, `/`, `>=` and parentheses.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

use std::iter::Peekable;
use std::str::Chars;

/// The value of an expression; `None` if a metric in it has no value, unless `FILL` gives one.
pub(super) fn value(expression: &str, metric: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let mut reader = Reader { rest: expression.chars().peekable(), metric };
    let value = reader.comparison();
    assert!(reader.next_is_none(), "{expression}");
    value
}

struct Reader<'e> {
    rest: Peekable<Chars<'e>>,
    metric: &'e dyn Fn(&str) -> Option<f64>,
}

impl Reader<'_> {
    fn comparison(&mut self) -> Option<f64> {
        let left = self.sum();
        if !self.takes('>') {
            return left;
        }
        assert!(self.takes('='), "only >=");
        let right = self.sum();
        Some(f64::from(left? >= right?))
    }

    fn sum(&mut self) -> Option<f64> {
        let mut sum = self.product();
        while self.takes('+') {
            let other = self.product();
            sum = sum.zip(other).map(|(one, other)| one + other);
        }
        sum
    }

    fn product(&mut self) -> Option<f64> {
        let mut product = self.operand();
        loop {
            let divides = if self.takes('*') {
                false
            } else if self.takes('/') {
                true
            } else {
                return product;
            };
            let other = self.operand();
            product = product.zip(other).map(|(one, other)| if divides { one / other } else { one * other });
        }
    }

    fn operand(&mut self) -> Option<f64> {
        if self.takes('(') {
            let value = self.comparison();
            assert!(self.takes(')'));
            return value;
        }
        let word = self.word();
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            return Some(word.parse().unwrap());
        }
        if !self.takes('(') {
            return (self.metric)(&word);
        }
        let mut arguments = vec![self.comparison()];
        while self.takes(',') {
            arguments.push(self.comparison());
        }
        assert!(self.takes(')'));
        match (word.as_str(), arguments.as_slice()) {
            ("FILL", [value, other]) => value.or(*other),
            ("IF", [condition, one, other]) => {
                if (*condition)? == 0.0 {
                    *other
                } else {
                    *one
                }
            }
            _ => panic!("the function {word}"),
        }
    }

    fn word(&mut self) -> String {
        self.skip();
        let mut word = String::new();
        while let Some(next) = self.rest.next_if(|next| next.is_ascii_alphanumeric() || *next == '.') {
            word.push(next);
        }
        assert!(!word.is_empty());
        word
    }

    fn takes(&mut self, sign: char) -> bool {
        self.skip();
        self.rest.next_if_eq(&sign).is_some()
    }

    fn skip(&mut self) {
        while self.rest.next_if(|next| next.is_whitespace()).is_some() {}
    }

    fn next_is_none(&mut self) -> bool {
        self.skip();
        self.rest.peek().is_none()
    }
}
