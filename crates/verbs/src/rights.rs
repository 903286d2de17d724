//! What a request is, as far as rights on a server go (`liftlock_core::access`).

use liftlock_core::access::Action;

use crate::{Access, Request};

impl Request {
    /// The right that it needs on a server, about a pipeline that is there or is not. What it may
    /// change is then for its command's own rule.
    ///
    /// Whoever only wants to see what would come of it has to be able to read, and no more.
    pub fn action(&self, is_there: bool) -> Action {
        let changing = match self.access() {
            Access::Read | Access::DryRun => Action::Read,
            Access::Write => Action::Change,
        };
        // Every request is here: a new one is thought about.
        match self {
            Self::PolicyApply(_) if !is_there => Action::Create,
            Self::Tick(_) | Self::Drift(_) if changing == Action::Change => Action::CarryOut,
            Self::Tick(_) | Self::Drift(_) | Self::PolicyApply(_) => changing,
            Self::Status(_)
            | Self::History(_)
            | Self::Plan(_)
            | Self::Inspect(_)
            | Self::OverrideList(_)
            | Self::ReleaseList(_)
            | Self::ReleaseShow(_)
            | Self::EvidenceList(_)
            | Self::PolicyShow(_)
            | Self::PolicyDiff(_) => Action::Read,
            Self::Promote(_)
            | Self::Approve(_)
            | Self::Reject(_)
            | Self::Withdraw(_)
            | Self::Cancel(_)
            | Self::Rollback(_)
            | Self::Freeze(_)
            | Self::Unfreeze(_)
            | Self::Hold(_)
            | Self::Resume(_)
            | Self::IncidentOpen(_)
            | Self::IncidentResolve(_)
            | Self::OverrideRequest(_)
            | Self::OverrideConfirm(_)
            | Self::OverrideReview(_)
            | Self::ReleaseCreate(_)
            | Self::EvidenceAdd(_)
            | Self::EvidenceRevoke(_) => changing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{Endpoint, Method};

    /// What makes each request, where it takes anything: texts for what has to be there.
    fn request(endpoint: &Endpoint, dry_run: bool) -> Request {
        let mut arguments = Map::new();
        for field in endpoint.fields() {
            let text = match field.name.as_str() {
                "id" if endpoint.name.starts_with("override") => "o1",
                "id" if endpoint.name.starts_with("incident") => "i1",
                "id" => "e1",
                "lasts" | "for" | "until" => "2h",
                "images" => {
                    arguments.insert(field.name, json!(["app=registry.example.com/shop:r1"]));
                    continue;
                }
                "file" => {
                    let file = json!({ "name": "liftlock.yaml", "text": "", "files": {} });
                    arguments.insert(field.name, file);
                    continue;
                }
                _ => "x1",
            };
            if field.required {
                arguments.insert(field.name, Value::String(text.to_owned()));
            } else if field.name == "dry_run" && dry_run {
                arguments.insert(field.name, Value::Bool(true));
            }
        }
        if endpoint.name.ends_with("freeze") {
            arguments.insert("all".to_owned(), Value::Bool(true));
        }
        let made = Request::at(endpoint, arguments.clone());
        made.unwrap_or_else(|error| panic!("{}: {arguments:?}: {error}", endpoint.name))
    }

    #[test]
    fn every_endpoint_has_its_right() {
        for endpoint in Request::ENDPOINTS {
            let asked = request(endpoint, false);
            let expected = match endpoint.name {
                "tick" | "drift" => Action::CarryOut,
                "inspect" | "policy diff" => Action::Read,
                _ if endpoint.method == Method::Get => Action::Read,
                _ => Action::Change,
            };
            assert_eq!(asked.action(true), expected, "{}", endpoint.name);
            let tried = request(endpoint, true);
            assert_eq!(tried.action(true), Action::Read, "{} -n", endpoint.name);
            let without = asked.action(false);
            match endpoint.name {
                "policy apply" => assert_eq!(without, Action::Create),
                name => assert_eq!(without, expected, "{name}"),
            }
        }
    }
}
