//! The policy that all pipelines have: staging by tests and a scan, production by approvals too.

use liftlock_core::Policy;
use serde_json::{Value, json};

use crate::trouble::Trouble;

/// How many tokens and how many persons the policies know. More clients share them.
pub(crate) const IDENTITIES: usize = 100;

/// The group of those who approve.
pub(crate) const APPROVERS: &str = "approvers";

/// Whose approval is never given while clients ask: what waits goes on waiting.
pub(crate) const BOARD: &str = "oidc:board";

/// The name of a token.
pub(crate) fn token(nth: usize) -> String {
    format!("ci-{:03}", nth % IDENTITIES)
}

/// The subject of a person.
pub(crate) fn person(nth: usize) -> String {
    format!("person-{:03}", nth % IDENTITIES)
}

/// The repository of a pipeline's image.
pub(crate) fn repository(registry_port: u16, pipeline: &str) -> String {
    format!("127.0.0.1:{registry_port}/{pipeline}/api")
}

/// The policy of a pipeline.
///
/// # Errors
/// Where it is none.
pub(crate) fn policy(pipeline: &str, registry_port: u16) -> Result<Policy, Trouble> {
    let tokens: Vec<String> = (0..IDENTITIES)
        .map(|nth| format!("token:{}", token(nth)))
        .collect();
    let evidence = |name: &str, max: Value| {
        json!({ "name": name, "rule": { "evidence": { "kind": name, "from": tokens, "max": max,
            "fresh": null, "per": "release", "platforms": [] } } })
    };
    let approvals = |name: &str, by: &str, count: u32, expires: Value| {
        json!({ "name": name, "rule": { "approval": { "by": [by], "count": count,
            "exclude": ["requester"], "expires": expires } } })
    };
    let environment = |name: &str, after: &[&str], gates: &[Value]| {
        json!({ "name": name, "after": after, "tags": [name], "gates": { "all": gates },
            "deploy": null, "checks": [], "rollback": null, "expires": TEN_YEARS_US })
    };
    let tests = evidence("tests", json!({}));
    let scan = evidence("scan", json!({ "critical": 0 }));
    // Who approved may do so again a day later, so the same person may at once.
    let group = format!("oidc-group:{APPROVERS}");
    let leads = approvals("leads", &group, 2, json!(86_400_000_000_u64));
    let board = approvals("board", BOARD, 1, Value::Null);
    let policy = json!({
        "version": 1,
        "pipeline": pipeline,
        "identity": "authenticated",
        "images": { "api": repository(registry_port, pipeline) },
        "keep": false,
        "owners": ["oidc:owner"],
        "people": {},
        "groups": {},
        "allow": { "promote": ["token:ci-000"] },
        "environments": [
            environment("staging", &[], &[tests.clone(), scan.clone()]),
            environment("production", &["staging"], &[tests, scan, leads, board]),
        ],
        "files": {},
    });
    let policy: Policy =
        serde_json::from_value(policy).map_err(|error| Trouble::Text(error.to_string()))?;
    match policy.problems().as_slice() {
        [] => Ok(policy),
        problems => Err(Trouble::Text(format!("the policy: {problems:?}"))),
    }
}

/// What waits in the state is still open when the state is used.
const TEN_YEARS_US: u64 = 10 * 365 * 86_400 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_that_can_be_adopted() {
        assert!(policy("p0001", 5733).is_ok());
    }
}
