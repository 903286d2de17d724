//! What faults remember from one request to a later one.

use std::collections::HashMap;

use liftlock_oci::Digest;

/// The most entries of a kind: with one more, all are forgotten. A test has a handful.
const ENTRIES_MAX: usize = 10_000;

/// Writes that reads are not to see yet, and what clients must bring back.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    stale: HashMap<(String, String), Stale>,
    hidden: HashMap<(String, Digest), Vec<Hidden>>,
    states: HashMap<String, String>,
}

/// What a reference reads as, for so many reads.
#[derive(Debug, Clone, Copy)]
struct Stale {
    shown: Option<Digest>,
    reads: u64,
}

#[derive(Debug)]
struct Hidden {
    referrer: Digest,
    /// How many lists it is missing in; `None` is all.
    reads: Option<u64>,
}

impl Memory {
    /// Lets the next `reads` of a reference show `shown`, or nothing.
    pub(crate) fn keep_stale(
        &mut self,
        repository: &str,
        reference: &str,
        shown: Option<Digest>,
        reads: u64,
    ) {
        let key = (repository.to_owned(), reference.to_owned());
        bounded(&mut self.stale).insert(key, Stale { shown, reads });
    }

    /// What a read of a reference shows, where that is not the truth.
    pub(crate) fn read_stale(
        &mut self,
        repository: &str,
        reference: &str,
    ) -> Option<Option<Digest>> {
        if self.stale.is_empty() {
            return None;
        }
        let key = (repository.to_owned(), reference.to_owned());
        let stale = self.stale.get_mut(&key)?;
        if stale.reads == 0 {
            self.stale.remove(&key);
            return None;
        }
        stale.reads -= 1;
        Some(stale.shown)
    }

    /// Leaves a referrer out of its subject's list.
    pub(crate) fn hide(
        &mut self,
        repository: &str,
        subject: Digest,
        referrer: Digest,
        reads: Option<u64>,
    ) {
        let key = (repository.to_owned(), subject);
        let hidden = bounded(&mut self.hidden).entry(key).or_default();
        hidden.retain(|one| one.referrer != referrer);
        hidden.push(Hidden { referrer, reads });
    }

    /// What is missing in the list that is read now.
    pub(crate) fn read_hidden(&mut self, repository: &str, subject: Digest) -> Vec<Digest> {
        if self.hidden.is_empty() {
            return Vec::new();
        }
        let Some(hidden) = self.hidden.get_mut(&(repository.to_owned(), subject)) else {
            return Vec::new();
        };
        hidden.retain(|one| one.reads != Some(0));
        for one in hidden.iter_mut() {
            one.reads = one.reads.map(|reads| reads - 1);
        }
        hidden.iter().map(|one| one.referrer).collect()
    }

    /// Asks for this query in every later request of an upload.
    pub(crate) fn expect_state(&mut self, upload: &str, query: &str) {
        bounded(&mut self.states).insert(upload.to_owned(), query.to_owned());
    }

    /// The query that requests of an upload must have.
    pub(crate) fn expected_state(&self, upload: &str) -> Option<&str> {
        self.states.get(upload).map(String::as_str)
    }
}

fn bounded<K, V>(entries: &mut HashMap<K, V>) -> &mut HashMap<K, V> {
    if entries.len() >= ENTRIES_MAX {
        entries.clear();
    }
    entries
}
