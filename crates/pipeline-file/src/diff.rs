//! What differs between two policies, in the pipeline file's own words.

use liftlock_core::Policy;
use serde::{Deserialize, Serialize};

use crate::document::document;
use crate::written::{Written, quoted};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The keys from the file's top, with dots between; a key with a dot in it is in quotes.
    /// Digests of named files are under `files`.
    pub path: String,
    /// The value before, in one line of YAML; nothing where it is new. Defaults are said.
    pub before: Option<String>,
    /// The value after; nothing where it is gone.
    pub after: Option<String>,
}

/// What changes from `old` to `new`; empty exactly where they are equal. Environments, gates and
/// checks are matched by name; where only their order differs, the names are the values.
pub fn diff(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", &document(old), &document(new), &mut changes);
    compare("files", &files(old), &files(new), &mut changes);
    changes
}

fn files(policy: &Policy) -> Written {
    Written::map(
        policy
            .files
            .iter()
            .map(|(path, digest)| (path, Written::text(digest))),
    )
}

fn compare(path: &str, old: &Written, new: &Written, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Written::Map(old), Written::Map(new)) => entries(path, old, new, changes),
        (Written::Kind(before), Written::Kind(after)) if same_kind(before, after) => {
            entries(path, before, after, changes);
        }
        _ => changes.push(change(path.to_owned(), Some(old), Some(new))),
    }
}

fn same_kind(old: &[(String, Written)], new: &[(String, Written)]) -> bool {
    old.first().map(|(key, _)| key) == new.first().map(|(key, _)| key)
}

type Pairs = [(String, Written)];

fn entries(path: &str, old: &Pairs, new: &Pairs, changes: &mut Vec<Change>) {
    let find = |pairs: &Pairs, key: &str| pairs.iter().position(|(k, _)| k == key);
    for (key, before) in old {
        let path = join(path, key);
        match find(new, key) {
            Some(at) => compare(&path, before, &new[at].1, changes),
            None => changes.push(change(path, Some(before), None)),
        }
    }
    for (key, after) in new {
        if find(old, key).is_none() {
            changes.push(change(join(path, key), None, Some(after)));
        }
    }
    let names = |pairs: &Pairs, others: &Pairs| {
        let shared = pairs.iter().filter(|(key, _)| find(others, key).is_some());
        Written::List(shared.map(|(key, _)| Written::text(key)).collect())
    };
    let (before, after) = (names(old, new), names(new, old));
    if before != after {
        changes.push(change(path.to_owned(), Some(&before), Some(&after)));
    }
}

fn change(path: String, before: Option<&Written>, after: Option<&Written>) -> Change {
    Change {
        path,
        before: before.map(ToString::to_string),
        after: after.map(ToString::to_string),
    }
}

fn join(path: &str, key: &str) -> String {
    let key = match key.contains('.') {
        true => format!("\"{key}\""),
        false => quoted(key),
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
