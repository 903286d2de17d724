//! Which rule a checked token fits.

use liftlock_core::PersonName;

use super::ExchangeError;
use crate::Claims;
use crate::config::CiRule;

/// The rule that fits; the named one, where one is named.
///
/// # Errors
/// [`ExchangeError`]. It names claims, not what the rules want of them: the configuration is not
/// told to whoever can sign in at the CI system.
pub(super) fn one<'a>(
    rules: impl Iterator<Item = &'a CiRule>,
    named: Option<&PersonName>,
    claims: &Claims,
) -> Result<&'a CiRule, ExchangeError> {
    let mut fitting = Vec::new();
    let mut others = Vec::new();
    for rule in rules.filter(|rule| named.is_none_or(|named| rule.name == *named)) {
        let differ = differences(rule, claims);
        if differ.is_empty() {
            fitting.push(rule);
        } else {
            others.push(format!("{} wants another {}", rule.name, differ.join(", ")));
        }
    }
    match (fitting.as_slice(), named) {
        ([one], _) => Ok(one),
        ([], Some(named)) if others.is_empty() => Err(ExchangeError::NoSuchRule(named.clone())),
        ([], _) => {
            others.truncate(SHOWN_MAX);
            Err(ExchangeError::NoMatch(others))
        }
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|rule| rule.name.as_str()).collect();
            Err(ExchangeError::Several(names.join(", ")))
        }
    }
}

/// Rules that are told apart in an error.
const SHOWN_MAX: usize = 5;

/// The claims in which a token differs from a rule: every one counts, word for word.
fn differences<'a>(rule: &'a CiRule, claims: &Claims) -> Vec<&'a str> {
    let differs = |(name, wanted): &(&String, &String)| {
        claims.scalar(name).as_deref() != Some(wanted.as_str())
    };
    let names = rule.claims.iter().filter(differs);
    names.map(|(name, _)| name.as_str()).collect()
}
