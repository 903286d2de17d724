//! What a scan found, as far as it is recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::{FINDING_ID_CHARS_MAX, Severity};

/// Most kinds of findings that are recorded of one report.
pub const FOUND_MAX: usize = 300;
/// Most bytes of recorded findings as JSON, so that the entry stays far under 64 KiB.
pub const FOUND_BYTES_MAX: usize = 24 * 1024;

/// One kind of finding: the same name with the same severity, however many packages it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its name, such as `CVE-2024-3094`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// How often it was found: as often as it counts in the figures.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
}

fn one() -> u64 {
    1
}

// By reference, because serde asks so.
fn is_one(count: &u64) -> bool {
    *count == 1
}

/// Each kind once, the worst first and then by name, as far as they may be recorded; and how many
/// kinds are left out.
pub(crate) fn listed(found: &[Found]) -> (Vec<Found>, u64) {
    let mut kinds: BTreeMap<(Severity, &str), u64> = BTreeMap::new();
    for one in found {
        let count = kinds.entry((one.severity, &one.id)).or_default();
        *count = count.saturating_add(one.count);
    }
    let all = kinds.len() as u64;
    let mut list = Vec::new();
    let mut bytes = 0;
    for ((severity, id), count) in kinds {
        let id_fits = !id.is_empty() && id.chars().count() <= FINDING_ID_CHARS_MAX;
        let found = Found {
            id: id.to_owned(),
            severity,
            count,
        };
        bytes += serde_json::to_vec(&found).map_or(FOUND_BYTES_MAX, |json| json.len() + 1);
        if !id_fits || list.len() == FOUND_MAX || bytes > FOUND_BYTES_MAX {
            break;
        }
        list.push(found);
    }
    let left_out = all - list.len() as u64;
    (list, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, severity: Severity) -> Found {
        Found {
            id: id.to_owned(),
            severity,
            count: 1,
        }
    }

    #[test]
    fn each_kind_is_listed_once_the_worst_first() {
        let (list, left_out) = listed(&[
            found("b", Severity::Low),
            found("z", Severity::Critical),
            found("b", Severity::High),
            found("b", Severity::Low),
            found("a", Severity::Low),
        ]);
        let shown: Vec<_> = list
            .iter()
            .map(|f| (f.id.as_str(), f.severity, f.count))
            .collect();
        let expected = [
            ("z", Severity::Critical, 1),
            ("b", Severity::High, 1),
            ("a", Severity::Low, 1),
            ("b", Severity::Low, 2),
        ];
        assert_eq!((shown.as_slice(), left_out), (&expected[..], 0));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_mildest_is_what_does_not() {
        let mut all: Vec<Found> = (0..FOUND_MAX)
            .map(|n| found(&format!("CVE-{n}"), Severity::Low))
            .collect();
        all.push(found("CVE-bad", Severity::Critical));
        let (list, left_out) = listed(&all);
        assert_eq!((list.len(), left_out), (FOUND_MAX, 1));
        assert_eq!(list[0].id, "CVE-bad");
        // In bytes: quotes take two each.
        let long = |n: usize| format!("{n:03}{}", "\"".repeat(FINDING_ID_CHARS_MAX - 3));
        let all: Vec<Found> = (0..FOUND_MAX)
            .map(|n| found(&long(n), Severity::High))
            .collect();
        let (list, left_out) = listed(&all);
        assert!(serde_json::to_vec(&list).unwrap().len() <= FOUND_BYTES_MAX);
        assert_eq!(list.len() as u64 + left_out, FOUND_MAX as u64);
        assert!(left_out > 0);
        // A name that is too long is never listed, and so never excepted.
        let too_long = found(&"a".repeat(FINDING_ID_CHARS_MAX + 1), Severity::High);
        assert_eq!(listed(&[too_long]), (Vec::new(), 1));
    }
}
