//! Comparing a measured value with a number.

use std::fmt;
use std::str::FromStr;

/// The longest comparison, in bytes.
const BYTES_MAX: usize = 64;

/// Such as `< 0.01`. Kept as it is written: a policy holds no float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison(String);

/// Why a text is no [`Comparison`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a comparison; write one such as \"< 0.01\", with <, <=, >, >=, == or !=")]
pub struct ComparisonError(String);

/// The operators, the longer of two that begin alike first.
const OPERATORS: [&str; 6] = ["<=", ">=", "==", "!=", "<", ">"];

fn parts(text: &str) -> Option<(&'static str, f64)> {
    let operator = OPERATORS.into_iter().find(|o| text.starts_with(o))?;
    let number = text[operator.len()..].trim();
    let written = number
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number: f64 = written.then(|| number.parse().ok()).flatten()?;
    number.is_finite().then_some((operator, number))
}

impl Comparison {
    /// The comparison as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it holds for a value; for none that is not a number.
    #[expect(clippy::float_cmp, reason = "just that is asked for with == and !=")]
    pub fn holds(&self, value: f64) -> bool {
        let Some((operator, number)) = parts(&self.0).filter(|_| !value.is_nan()) else {
            return false;
        };
        match operator {
            "<" => value < number,
            "<=" => value <= number,
            ">" => value > number,
            ">=" => value >= number,
            "==" => value == number,
            _ => value != number,
        }
    }
}

impl FromStr for Comparison {
    type Err = ComparisonError;

    fn from_str(text: &str) -> Result<Self, ComparisonError> {
        match parts(text) {
            Some(_) if text.len() <= BYTES_MAX => Ok(Self(text.to_owned())),
            _ => Err(ComparisonError(text.chars().take(80).collect())),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

liftlock_oci::serde_as_text!(Comparison);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_hold_or_not() {
        for (text, value, holds) in [
            ("< 0.01", 0.0, true),
            ("< 0.01", 0.01, false),
            ("<= 0.01", 0.01, true),
            (">2", 2.5, true),
            (">= 1e3", 999.0, false),
            ("== 1", 1.0, true),
            ("!= -1", -1.0, false),
            ("< 1", f64::NAN, false),
            ("!= 1", f64::NAN, false),
            ("> 1", f64::INFINITY, true),
        ] {
            let comparison: Comparison = text.parse().unwrap();
            assert_eq!(comparison.holds(value), holds, "{value} {text}");
        }
        for text in [
            "",
            "0.01",
            "<",
            "< x",
            "=< 1",
            "< nan",
            "< inf",
            "< 1e999",
            "< 1 or > 2",
        ] {
            assert!(text.parse::<Comparison>().is_err(), "{text}");
        }
    }
}
