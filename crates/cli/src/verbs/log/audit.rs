//! Every decision of every pipeline made again while the ledger is read (`core::replay`), and what
//! an auditor is told about it.

mod attested;
mod report;
mod reports;
mod watched;

use std::collections::BTreeMap;

use liftlock_core::event::EVENT_VERSION;
use liftlock_core::policy::PublicKey;
use liftlock_core::replay::{Replay, Replayed};
use liftlock_core::watching::Stretch;
use liftlock_core::{Entry, Event, State};
use liftlock_oci::Digest;
use serde::Deserialize;

pub(super) use report::{json, text};
pub(super) use reports::{Reports, of_export};
pub(super) use watched::Watched;

/// What there is to say of a ledger's pipelines.
#[derive(Default)]
pub(super) struct Audit {
    streams: BTreeMap<String, Stream>,
    /// Entries that are of no pipeline at all, by their place; only the first is kept.
    strange: Option<(u64, String)>,
    entries: u64,
}

/// A pipeline's replay.
#[derive(Default)]
struct Stream {
    replay: Replay,
    stopped: Option<Stopped>,
    events: u64,
    stretches: Vec<Stretch>,
    keys: Keys,
}

/// Every key that a policy of a pipeline has had, by its fingerprint.
type Keys = BTreeMap<Digest, PublicKey>;

/// Where a replay could not go on.
struct Stopped {
    n: u64,
    why: String,
    /// A newer version wrote it, so nothing is wrong.
    newer: bool,
}

/// One pipeline, audited.
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) state: State,
    pub(super) replayed: Replayed,
    pub(super) events: u64,
    /// What was watched.
    pub(super) stretches: Vec<Stretch>,
    keys: Keys,
    stopped: Option<Stopped>,
}

/// The part of an entry that every version has.
#[derive(Deserialize)]
pub(super) struct Place {
    v: u32,
    pub(super) pipeline: String,
    pub(super) n: u64,
}

impl Audit {
    /// Takes the next entry of the ledger.
    pub(super) fn entry(&mut self, bytes: &[u8]) {
        let seq = self.entries;
        self.entries += 1;
        let place: Place = match serde_json::from_slice(bytes) {
            Ok(place) => place,
            Err(error) => {
                self.strange.get_or_insert((seq, error.to_string()));
                return;
            }
        };
        let stream = self.streams.entry(place.pipeline).or_default();
        stream.events += 1;
        if stream.stopped.is_none() {
            stream.stopped = stream.next(bytes, (place.v, place.n)).err();
        }
    }

    /// What came of it.
    pub(super) fn finish(self) -> Audited {
        let pipelines = self.streams.into_iter().map(|(name, stream)| {
            let (state, replayed) = match stream.stopped {
                Some(_) => stream.replay.stop(),
                None => stream.replay.finish(),
            };
            Pipeline {
                name,
                state,
                replayed,
                events: stream.events,
                stretches: stream.stretches,
                keys: stream.keys,
                stopped: stream.stopped,
            }
        });
        Audited {
            pipelines: pipelines.collect(),
            strange: self.strange,
        }
    }
}

impl Stream {
    fn next(&mut self, bytes: &[u8], (v, n): (u32, u64)) -> Result<(), Stopped> {
        let newer = |why: String| Stopped {
            n,
            why,
            newer: true,
        };
        if v > EVENT_VERSION {
            return Err(newer(format!(
                "it was written by a newer version (event version {v}; {EVENT_VERSION} is known here)"
            )));
        }
        let entry = Entry::read(bytes).map_err(|error| {
            // Without the list of all that would have been known.
            let error = error.to_string();
            let why = error.split(", expected").next().unwrap_or_default();
            newer(format!("this version cannot read it: {why}"))
        })?;
        match &entry.event {
            Event::Watched(stretch) => self.stretches.push(stretch.clone()),
            Event::PolicyAdopted { policy, .. } => {
                let keys = policy.keys.values();
                self.keys
                    .extend(keys.map(|key| (key.fingerprint(), key.clone())));
            }
            _ => {}
        }
        self.replay.entry(&entry).map_err(|error| Stopped {
            n,
            why: error.to_string(),
            newer: false,
        })
    }
}

/// A ledger, audited.
pub(super) struct Audited {
    pub(super) pipelines: Vec<Pipeline>,
    strange: Option<(u64, String)>,
}

impl Audited {
    /// Whether every event could be read: where one is of a newer version, nothing is known of it
    /// and of what follows it, and nothing is wrong with it either.
    pub(super) fn is_whole(&self) -> bool {
        self.pipelines
            .iter()
            .all(|pipeline| pipeline.stopped.is_none())
    }

    /// Whether every decision that could be made again came to what was recorded.
    pub(super) fn is_clean(&self) -> bool {
        self.strange.is_none() && self.pipelines.iter().all(Pipeline::is_clean)
    }
}

impl Pipeline {
    fn is_clean(&self) -> bool {
        let stopped = self.stopped.as_ref().is_some_and(|stopped| !stopped.newer);
        self.replayed.findings_count == 0 && !stopped
    }
}
