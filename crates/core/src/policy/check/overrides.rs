//! Overrides: two persons, and an end.

use super::{Found, gates};
use crate::Span;
use crate::policy::{Environment, Policy};

/// The longest time that an override may count: 30 days. What has to pass for longer is not an
/// exception, and belongs into the gates.
const LONGEST: Span = Span::from_secs(30 * 86_400);

pub(super) fn check(policy: &Policy, environment: &Environment, found: &mut Found) {
    let Some(rule) = &environment.overrides else {
        return;
    };
    let at = ["environments", environment.name.as_str(), "override"];
    let persons = gates::able(policy, &rule.by);
    if persons < 2 {
        let few = match persons {
            0 => "nobody here can (tokens cannot)",
            _ => "only 1 person here can",
        };
        let message =
            format!("an override needs two persons, one to ask and one to confirm; {few}");
        found.add(at.into_iter().chain(["by"]), message);
    }
    if rule.max == Span::ZERO {
        found.add(
            at.into_iter().chain(["max"]),
            "an override that ends at once never counts",
        );
    }
    if rule.max > LONGEST {
        let message = format!(
            "{} is longer than {LONGEST}, the most for an override",
            rule.max
        );
        found.add(at.into_iter().chain(["max"]), message);
    }
}
