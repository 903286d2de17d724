//! What is asked of a rule for CI's own tokens before it is taken.

use std::collections::BTreeSet;

use liftlock_core::Identity;

use super::{CLAIMS_MAX, CiRule, CiRuleConfig, ConfigError, RULES_MAX};
use crate::Scope;

/// The longest text in a rule, in characters.
const TEXT_MAX: usize = 512;

/// Claims that name a repository or project by a number that nobody else ever gets.
const OWN: [&str; 2] = ["repository_id", "project_id"];
/// Claims that name whoever owns many, each with the one that says what of them is meant.
const SHARED: [(&str, &str); 2] = [
    ("repository_owner_id", "job_workflow_ref"),
    ("namespace_id", "ci_config_ref_uri"),
];

/// The rules, each of which means one repository, project or workflow.
///
/// # Errors
/// [`ConfigError`], the first that is found.
pub(crate) fn checked_rules(rules: Vec<CiRuleConfig>) -> Result<Vec<CiRule>, ConfigError> {
    few("rules of ci", rules.len(), RULES_MAX)?;
    let mut names = BTreeSet::new();
    rules
        .into_iter()
        .map(|rule| {
            if !names.insert(rule.name.clone()) {
                return Err(ConfigError::Twice(rule.name));
            }
            checked(rule)
        })
        .collect()
}

fn checked(rule: CiRuleConfig) -> Result<CiRule, ConfigError> {
    few("claims of a rule", rule.claims.len(), CLAIMS_MAX)?;
    short("the audience of a rule", &rule.audience)?;
    for (name, value) in &rule.claims {
        short("a claim's name", name)?;
        short("a claim's value", value)?;
    }
    let has = |name: &str| rule.claims.contains_key(name);
    let is_own = OWN.into_iter().any(has);
    let is_shared = SHARED.iter().any(|(owner, what)| has(owner) && has(what));
    if !is_own && !is_shared {
        return Err(ConfigError::Mutable { rule: rule.name });
    }
    let scope = Scope::of(rule.pipelines).map_err(|source| ConfigError::Scope {
        rule: rule.name.clone(),
        source,
    })?;
    Ok(CiRule {
        name: rule.name,
        issuer: rule.issuer,
        audience: rule.audience,
        claims: rule.claims,
        scope,
    })
}

/// Administrators that a server can know. A job of CI is none.
///
/// # Errors
/// [`ConfigError`].
pub(crate) fn checked_administrators(
    administrators: Vec<Identity>,
    rules: &[CiRule],
) -> Result<BTreeSet<Identity>, ConfigError> {
    few("administrators", administrators.len(), 100)?;
    for identity in &administrators {
        let why = match identity {
            Identity::Token(name) if rules.iter().any(|rule| rule.name == *name) => {
                "a rule of ci has this name"
            }
            Identity::Oidc(_) | Identity::Token(_) => continue,
            _ => "expected oidc:SUBJECT or token:NAME",
        };
        let identity = identity.clone();
        return Err(ConfigError::Administrator { identity, why });
    }
    Ok(administrators.into_iter().collect())
}

fn few(what: &'static str, found: usize, max: usize) -> Result<(), ConfigError> {
    if found > max {
        return Err(ConfigError::Many { what, found, max });
    }
    Ok(())
}

pub(crate) fn short(what: &'static str, text: &str) -> Result<(), ConfigError> {
    if text.is_empty() || text.chars().count() > TEXT_MAX {
        let max = TEXT_MAX;
        return Err(ConfigError::Length { what, max });
    }
    Ok(())
}
