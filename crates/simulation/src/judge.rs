//! Who watches: the invariants, judged on what is written and done, without any of the rules of
//! `liftlock-core`. What an entry's types are is taken from there; what follows from them is not.

mod agreement;
mod approvals;
mod book;
mod commit;
mod drift;
mod effects;
mod evidence;
mod exceptions;
mod facts;
mod order;
mod overrides;
mod people;
mod rest;
mod said;
mod signature;
mod signing;
mod soak;
mod standing;
mod watch;
mod window;

use std::collections::BTreeMap;

use liftlock_core::attestation::Stated;
use liftlock_core::{Entry, Event, PromotionId, State};
use liftlock_oci::Digest;

use crate::machines::Machines;
use crate::registry::Hub;

pub(crate) use book::Book;
pub(crate) use book::Stage;
pub(crate) use effects::gave_up;
pub(crate) use soak::Seen;
pub(crate) use window::is_open;

/// What one append is judged with.
pub(crate) struct Written<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) machines: &'a Machines,
    /// Everything that the process which appends has read from its clock.
    pub(crate) reads: &'a [i64],
    /// The lease that it holds and has proved.
    pub(crate) lease: Option<&'a str>,
    /// Everything that was observed.
    pub(crate) seen: &'a Seen,
    /// The place of each entry of the stream in the ledger of all streams.
    pub(crate) places: &'a [u64],
}

/// The judge, with a record of its own.
#[derive(Default)]
pub(crate) struct Judge {
    pub(crate) book: Book,
    /// The fold, as the product folds.
    pub(crate) state: State,
    /// Where the tags of a plan were when it was committed. A look before that may have been stale,
    /// or overtaken.
    tags_before: BTreeMap<PromotionId, Vec<Option<Digest>>>,
    /// How each check of a promotion last ended.
    checked: BTreeMap<(String, String), bool>,
    /// How checks ended, whoever ran them.
    watched: watch::Checks,
    /// What was stated and signed.
    stated: BTreeMap<signing::Statement, Stated>,
}

impl Judge {
    /// Judges entries that are appended together, and takes them into the record.
    pub(crate) fn entries(
        &mut self,
        entries: &[Entry],
        written: &Written<'_>,
    ) -> Result<(), String> {
        let mut ended = Vec::new();
        for entry in entries {
            let place = |problem| format!("entry {}: {problem}", entry.n);
            ended.push(self.book.step_of(&entry.event).cloned());
            order::entry(&self.book, entry, written).map_err(place)?;
            commit::entry(&self.book, entry).map_err(place)?;
            said::entry(&self.book, entry, written.hub).map_err(place)?;
            overrides::entry(&self.book, entry).map_err(place)?;
            drift::entry(&self.book, entry).map_err(place)?;
            watch::entry(&self.book, &self.watched, entry).map_err(place)?;
            if let Event::Watched(stretch) = &entry.event {
                soak::entry(&self.book, stretch, entry.time, written.seen).map_err(place)?;
            }
            self.book.write(entry);
            self.state.apply(entry).map_err(|error| error.to_string())?;
        }
        // What is appended together happens at once.
        for (entry, step) in entries.iter().zip(&ended) {
            let place = |problem| format!("entry {}: {problem}", entry.n);
            self.effect(entry, step.as_ref(), written).map_err(place)?;
        }
        agreement::state(&self.book, &self.state)
    }

    /// A check ended.
    pub(crate) fn checked(&mut self, promotion: &str, name: &str, passed: bool) {
        let entries = self.book.count;
        self.watched.ended((promotion, name), passed, entries);
        let key = (promotion.to_owned(), name.to_owned());
        self.checked.insert(key, passed);
    }
}
