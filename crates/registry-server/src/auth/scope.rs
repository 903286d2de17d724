//! Scopes of tokens: `repository:<name>:<actions>`, as docker's registries have them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What can be done to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Pull,
    Push,
    Delete,
}

const ACTIONS: [(Action, &str); 3] = [
    (Action::Pull, "pull"),
    (Action::Push, "push"),
    (Action::Delete, "delete"),
];

/// Actions on one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scope {
    pub(super) repository: String,
    pub(super) actions: Vec<Action>,
}

impl Scope {
    /// What is asked for; `None` for what is not about a repository. Actions that are not known
    /// are left out, and `*` is all.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (repository, actions) = rest.rsplit_once(':')?;
        let asked = |name: &str| actions.split(',').any(|one| one == name || one == "*");
        let known = ACTIONS.iter().filter(|(_, name)| asked(name));
        (kind == "repository" && !repository.is_empty()).then(|| Self {
            repository: repository.to_owned(),
            actions: known.map(|(action, _)| *action).collect(),
        })
    }

    pub(super) fn allows(&self, repository: &str, action: Action) -> bool {
        self.repository == repository && self.actions.contains(&action)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |action: &Action| ACTIONS.iter().find(|(one, _)| one == action);
        let names = self.actions.iter().filter_map(named);
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        write!(f, "repository:{}:{}", self.repository, names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_and_written() {
        let scope = Scope::read("repository:a/b:push,pull,fly").unwrap();
        assert_eq!(scope.to_string(), "repository:a/b:pull,push");
        assert!(scope.allows("a/b", Action::Push) && !scope.allows("a/b", Action::Delete));
        assert!(!scope.allows("a", Action::Pull));
        let all = Scope::read("repository:a:*").unwrap();
        assert!(all.allows("a", Action::Delete));
        for bad in ["", "repository:a", "registry:catalog:*", "repository::pull"] {
            assert!(Scope::read(bad).is_none(), "{bad}");
        }
    }
}
