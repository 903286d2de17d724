//! How far a credential reaches that is for some pipelines alone.

use axum::http::StatusCode;
use liftlock_identity::{Caller, Scope};

use crate::problem::Problem;

/// Where each pipeline is.
const PIPELINES: &str = "/api/v1/pipelines/";
/// What whoever is known may ask about themselves.
const OWN: [&str; 3] = ["/api/v1/whoami", "/api/v1/logout", "/api/v1/tokens/"];

/// What an agent may ask for, beside itself.
const WORK: &str = "/api/v1/work/";
/// Where its pipelines are.
const WORK_PIPELINES: &str = "/api/v1/work/pipelines/";

/// Whether `caller` may ask for `path` at all. One for some pipelines reaches these and nothing
/// else, so that a route which is added reaches nobody by being forgotten here.
///
/// # Errors
/// 403, where it is out of reach.
pub(super) fn check(caller: &Caller, path: &str) -> Result<(), Problem> {
    let is_own = OWN.iter().any(|own| path.starts_with(own));
    let is_work = path.starts_with(WORK);
    if !is_own && caller.labels.is_some() != is_work {
        let message = match is_work {
            true => "only agents take up work here",
            false => "an agent takes up work, and may do nothing else",
        };
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-allowed", message));
    }
    let Scope::Pipelines(pipelines) = &caller.scope else {
        return Ok(());
    };
    let over_all = is_work && !path.starts_with(WORK_PIPELINES);
    // As it was sent: a name that is written otherwise is none of these.
    let within = if is_work { WORK_PIPELINES } else { PIPELINES };
    let rest = path.strip_prefix(within).unwrap_or_default();
    let (name, _) = rest.split_once('/').unwrap_or((rest, ""));
    // What is over all of an agent's pipelines is cut to those of its scope where it is answered.
    if is_own || over_all || pipelines.iter().any(|pipeline| pipeline.as_str() == name) {
        return Ok(());
    }
    let message = format!(
        "what {} presented is for {} alone",
        caller.actor, caller.scope
    );
    Err(Problem::new(StatusCode::FORBIDDEN, "out-of-scope", message))
}

#[cfg(test)]
mod tests {
    use liftlock_core::{Actor, Authentication, Time};
    use liftlock_identity::Credential;

    use super::*;

    fn reaches(scope: &[&str], path: &str) -> bool {
        reaches_as(None, scope, path)
    }

    fn reaches_as(labels: Option<&str>, scope: &[&str], path: &str) -> bool {
        let scope = match scope {
            [] => Scope::All,
            names => Scope::Pipelines(names.iter().map(|name| name.parse().unwrap()).collect()),
        };
        let caller = Caller {
            actor: Actor {
                identity: "token:ci".parse().unwrap(),
                authentication: Authentication::Authenticated,
            },
            name: None,
            groups: Default::default(),
            scope,
            labels: labels.map(|label| [label.parse().unwrap()].into()),
            credential: Credential::Token { id: String::new() },
            administrator: false,
            expires: Time::from_us(0),
        };
        check(&caller, path).is_ok()
    }

    #[test]
    fn one_for_some_pipelines_reaches_these_and_itself() {
        for path in [
            "/api/v1/pipelines/shop/promote",
            "/api/v1/pipelines/shop",
            "/api/v1/whoami",
        ] {
            assert!(reaches(&["shop"], path), "{path}");
        }
        for path in [
            "/api/v1/pipelines/other/promote",
            "/api/v1/pipelines/shop2/promote",
            "/api/v1/pipelines/sho",
            "/api/v1/pipelines/",
            "/api/v1/pipelines",
            "/api/v1/pipelines//shop",
            "/api/v1/pipelines/%73hop/promote",
            "/api/v1/pipelines/other/../shop/promote",
            "/api/v1/events",
            "/log/checkpoint",
            "/",
            "",
        ] {
            assert!(!reaches(&["shop"], path), "{path}");
            assert!(reaches(&[], path), "{path}");
        }
    }

    #[test]
    fn an_agent_reaches_work_and_itself_and_nobody_else_reaches_work() {
        let work = [
            "/api/v1/work/pipelines",
            "/api/v1/work/changes",
            "/api/v1/work/pipelines/shop/entries",
        ];
        for path in work {
            assert!(reaches_as(Some("prod-host"), &[], path), "{path}");
            assert!(reaches_as(Some("prod-host"), &["shop"], path), "{path}");
            assert!(!reaches(&[], path), "{path}");
            assert!(!reaches(&["shop"], path), "{path}");
        }
        let other = "/api/v1/work/pipelines/other/entries";
        assert!(!reaches_as(Some("prod-host"), &["shop"], other));
        assert!(reaches_as(Some("prod-host"), &[], "/api/v1/whoami"));
        for path in [
            "/api/v1/pipelines",
            "/api/v1/pipelines/shop",
            "/api/v1/pipelines/shop/tick",
            "/api/v1/tokens",
            "/api/v1/workers",
            "/api/v1/pipelines/../work/changes",
            "/log/checkpoint",
            "/metrics",
        ] {
            assert!(!reaches_as(Some("prod-host"), &[], path), "{path}");
        }
    }
}
