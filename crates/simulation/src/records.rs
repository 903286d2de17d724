//! What the store keeps: streams, leases, blobs.

use std::collections::BTreeMap;

use liftlock_engine::ports::{AppendError, Fence, Observation, Snapshot};
use liftlock_oci::Digest;

use crate::judge::Seen;
use crate::world::ProcessId;

/// A stream, and what the store has for all of them; a crash leaves it as it is.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// The entries' bytes, in order.
    pub(crate) entries: Vec<Vec<u8>>,
    /// The place of each in the ledger of all streams.
    pub(crate) places: Vec<u64>,
    /// The last snapshot that was kept.
    pub(crate) snapshot: Option<Snapshot>,
    /// How many entries all streams have.
    pub(crate) ledger: u64,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    leases: BTreeMap<String, Lease>,
    /// By environment, in their order, with their numbers.
    pub(crate) observations: Seen,
}

/// No process has this number.
const NOBODY: ProcessId = 0;

#[derive(Debug, Default)]
struct Lease {
    epoch: u64,
    holder: Option<ProcessId>,
    /// When it expires; `None` while it is renewed.
    expires: Option<i64>,
    has_expired: bool,
}

impl Records {
    /// Gives what is there for all streams over to another stream's records.
    pub(crate) fn share(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.ledger, &mut other.ledger);
        std::mem::swap(&mut self.blobs, &mut other.blobs);
        std::mem::swap(&mut self.leases, &mut other.leases);
    }

    /// Takes entries.
    pub(crate) fn append(&mut self, entries: &[Vec<u8>]) {
        for entry in entries {
            self.entries.push(entry.clone());
            self.places.push(self.ledger);
            self.ledger += 1;
        }
    }

    /// Whether an append would be taken: the stream is as expected, and the lease not overtaken.
    pub(crate) fn accepts(&self, expected: u64, fence: Option<&Fence>) -> Result<(), AppendError> {
        if let Some(fence) = fence.filter(|fence| !self.is_current(Some(fence))) {
            let name = fence.name.clone();
            return Err(AppendError::Fenced { name });
        }
        let actual = self.entries.len() as u64;
        if actual == expected {
            Ok(())
        } else {
            Err(AppendError::Conflict { expected, actual })
        }
    }

    /// Whether a lease has not been taken over.
    pub(crate) fn is_current(&self, fence: Option<&Fence>) -> bool {
        fence.is_none_or(|fence| {
            let lease = self.leases.get(&fence.name);
            let lease = lease.filter(|lease| !lease.has_expired);
            lease.map(|lease| lease.epoch) == Some(fence.epoch)
        })
    }

    /// Keeps an observation.
    pub(crate) fn observe(&mut self, observation: &Observation, after: u64) {
        let known = self.observations.entry(observation.environment.clone());
        let known = known.or_default();
        let last = known.last().map_or(0, |(n, _)| *n);
        known.push((last.max(after) + 1, observation.clone()));
    }

    /// Takes a lease, unless a living process holds it: its epoch.
    pub(crate) fn acquire(&mut self, name: &str, process: ProcessId) -> Option<u64> {
        let lease = self.leases.entry(name.to_owned()).or_default();
        if lease.holder.is_some() && !lease.has_expired {
            return None;
        }
        (lease.expires, lease.has_expired) = (None, false);
        lease.holder = Some(process);
        lease.epoch += 1;
        Some(lease.epoch)
    }

    /// Gives a lease back.
    pub(crate) fn release(&mut self, name: &str, epoch: u64) {
        if let Some(lease) = self.leases.get_mut(name)
            && lease.epoch == epoch
        {
            lease.holder = None;
        }
    }

    /// Whether a process holds a lease now.
    pub(crate) fn is_held_by(&self, name: &str, process: ProcessId) -> bool {
        let lease = self.leases.get(name);
        lease.is_some_and(|lease| lease.holder == Some(process) && !lease.has_expired)
    }

    /// Whether anybody holds a lease now.
    pub(crate) fn is_held(&self, name: &str) -> bool {
        let lease = self.leases.get(name);
        lease.is_some_and(|lease| lease.holder.is_some() && !lease.has_expired)
    }

    /// Until when a lease is held that was taken so; `None` while it is renewed.
    pub(crate) fn expires(&self, name: &str, epoch: u64) -> Option<i64> {
        match self.leases.get(name) {
            Some(lease) if lease.epoch == epoch => lease.expires,
            _ => Some(i64::MIN),
        }
    }

    /// A lease is not given back, and never renewed again.
    pub(crate) fn lapse(&mut self, name: &str, epoch: u64, expires: i64) {
        if let Some(lease) = self.leases.get_mut(name)
            && lease.epoch == epoch
        {
            lease.holder = Some(NOBODY);
            lease.expires.get_or_insert(expires);
        }
    }

    /// Nor is any that a process holds.
    pub(crate) fn go_away(&mut self, process: ProcessId, expires: i64) {
        let held = self.leases.values_mut();
        for lease in held.filter(|lease| lease.holder == Some(process)) {
            lease.expires.get_or_insert(expires);
        }
    }

    /// Those that have not expired meanwhile are renewed.
    pub(crate) fn come_back(&mut self, process: ProcessId) {
        let held = self.leases.values_mut();
        for lease in held.filter(|lease| lease.holder == Some(process)) {
            lease.expires = lease.expires.filter(|_| lease.has_expired);
        }
    }

    /// Time has passed.
    pub(crate) fn pass_until(&mut self, now: i64) {
        for lease in self.leases.values_mut() {
            lease.has_expired |= lease.expires.is_some_and(|expires| expires <= now);
        }
    }
}
