//! A store that fails, forgets to say what it did, and keeps what it has.

use std::collections::BTreeMap;

use liftlock_core::Entry;
use liftlock_engine::decode;
use liftlock_engine::ports::{
    AppendError, Appended, Changes, Fence, Held, OBSERVATIONS_MAX, Observation, Snapshot, Store,
    StoreError, StoredEntry,
};
use liftlock_oci::Digest;
use liftlock_store::DatabaseLease;

use super::{Disk, Line};
use crate::absences::{LEASE_LASTS, UNSURE_BEFORE};
use crate::faults::Fault;
use crate::judge::Written;
use crate::time::SECOND;
use crate::world::World;

/// The store as one process has it open.
pub(crate) struct SimulatedStore {
    pub(crate) line: Line,
    pub(crate) disk: Option<Disk>,
}

/// A held lease; it is free again when it is dropped, which the death of a process does too.
pub(crate) struct SimulatedLease {
    line: Line,
    name: String,
    epoch: u64,
    _on_disk: Option<DatabaseLease>,
}

impl Held for SimulatedLease {
    fn is_held(&self) -> bool {
        self.line.world.with(|world| {
            let expires = world.records.expires(&self.name, self.epoch);
            let sure = expires.is_none_or(|expires| world.now + UNSURE_BEFORE < expires);
            if !sure {
                world.statistics.count("lease: given up");
            }
            sure
        })
    }

    async fn lost(&self) {
        if !self.line.world.with(|world| world.leases_expire) {
            std::future::pending::<()>().await;
        }
        while self.is_held() {
            self.line.world.pause(2 * SECOND).await;
        }
    }
}

impl Drop for SimulatedLease {
    fn drop(&mut self) {
        let process = self.line.process;
        self.line.world.with(|world| {
            let dies = world.dying == Some(process);
            if world.leases_expire && (dies || world.absences.is_cut_off(process)) {
                // Nobody gives it back.
                let expires = world.now + LEASE_LASTS;
                world.records.lapse(&self.name, self.epoch, expires);
            } else {
                world.records.release(&self.name, self.epoch);
            }
        });
    }
}

impl SimulatedStore {
    fn refused(&self) -> Result<(), StoreError> {
        let process = self.line.process;
        let strikes = self
            .line
            .world
            .with(|world| world.absences.is_cut_off(process) || world.strikes(Fault::StoreRefuses));
        if strikes { Err(locked()) } else { Ok(()) }
    }

    fn silent(&self) -> Result<(), StoreError> {
        let process = self.line.process;
        let strikes = self
            .line
            .world
            .with(|world| world.absences.is_cut_off(process) || world.strikes(Fault::StoreSilent));
        if strikes { Err(locked()) } else { Ok(()) }
    }

    fn differs(&self, what: String) {
        self.line
            .world
            .with(|world| world.hold(Err(format!("SQLite is not as simulated: {what}"))));
    }

    fn observed(&self, environment: &str) -> Vec<(u64, Observation)> {
        let found = self
            .line
            .world
            .with(|world| world.records.observations.get(environment).cloned());
        found.unwrap_or_default()
    }

    /// The append itself, in one instant: judged, then kept.
    fn append_now(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        let accepted = self
            .line
            .world
            .with(|world| world.records.accepts(expected, fence));
        if let Some(disk) = &self.disk {
            let found = disk.run(disk.store.append(stream, expected, entries, fence));
            if kind(&accepted) != kind(&found) {
                self.differs(format!("append: {accepted:?} and {found:?}"));
            }
        }
        accepted?;
        self.line.world.with(|world| {
            judge(world, &self.line, stream, entries, fence);
            world.records.append(entries);
            Ok(Appended {
                version: world.records.entries.len() as u64,
                ledger_size: world.records.ledger,
            })
        })
    }
}

/// What kind of answer an append got.
fn kind<T, E: std::borrow::Borrow<AppendError>>(answer: &Result<T, E>) -> &'static str {
    match answer {
        Ok(_) => "appended",
        Err(error) => match error.borrow() {
            AppendError::Conflict { .. } => "conflict",
            AppendError::Fenced { .. } => "fenced",
            AppendError::Size { .. } => "size",
            AppendError::Store(_) => "store",
        },
    }
}

fn judge(world: &mut World, line: &Line, stream: &str, entries: &[Vec<u8>], fence: Option<&Fence>) {
    if stream != world.pipeline() {
        let judged = Err(format!("{} writes into {stream}", world.pipeline()));
        return world.hold(judged);
    }
    let decoded: Result<Vec<Entry>, _> = (world.records.entries.len() as u64 + 1..)
        .zip(entries)
        .map(|(n, bytes)| decode(stream, n, bytes))
        .collect();
    let entries = match decoded {
        Ok(entries) => entries,
        Err(error) => return world.hold(Err(format!("what is appended cannot be read: {error}"))),
    };
    let held = fence.is_some_and(|fence| world.records.is_held_by(&fence.name, line.process));
    let written = Written {
        hub: &world.hub,
        machines: &world.machines,
        reads: world.clocks.reads(line.process),
        lease: fence.filter(|_| held).map(|fence| fence.name.as_str()),
        seen: &world.records.observations,
        places: &world.records.places,
    };
    let judged = world.judge.entries(&entries, &written);
    for entry in &entries {
        crate::tell::entry(world, line.process, entry);
    }
    world.hold(judged);
}

fn locked() -> StoreError {
    let path = "simulated".to_owned();
    StoreError::Locked { path }
}

impl Store for SimulatedStore {
    type Lease = SimulatedLease;

    async fn streams(&self) -> Result<Vec<String>, StoreError> {
        let pipeline = self.line.world.with(|world| world.pipeline());
        Ok(vec![pipeline.to_owned()])
    }

    async fn changes(&self, from: u64) -> Result<Changes, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let changes = self.line.world.with(|world| {
            let records = &world.records;
            let new = records.places.last().is_some_and(|last| *last >= from);
            let version = (world.pipeline().to_owned(), records.entries.len() as u64);
            Changes {
                size: records.ledger,
                pipelines: new.then_some(version).into_iter().collect(),
            }
        });
        if let Some(disk) = &self.disk {
            let found = disk.run(disk.store.changes(from));
            let stream = changes.pipelines.keys().next();
            let version = |found: &Changes| stream.map(|name| found.pipelines.get(name).copied());
            let same = |found: &Changes| version(found) == version(&changes);
            if !found
                .as_ref()
                .is_ok_and(|found| found.size == changes.size && same(found))
            {
                self.differs(format!("changes from {from}: {found:?}"));
            }
        }
        Ok(changes)
    }

    async fn load(&self, stream: &str, after: u64) -> Result<Vec<StoredEntry>, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let entries: Vec<StoredEntry> = self.line.world.with(|world| {
            let entries = world
                .records
                .entries
                .iter()
                .enumerate()
                .skip(after as usize);
            let stored = entries.map(|(place, bytes)| StoredEntry {
                version: place as u64 + 1,
                seq: world.records.places[place],
                bytes: bytes.clone(),
            });
            stored.collect()
        });
        if let Some(disk) = &self.disk {
            let found = disk.run(disk.store.load(stream, after));
            if found.as_ref().ok() != Some(&entries) {
                self.differs(format!("load after {after}"));
            }
        }
        Ok(entries)
    }

    async fn append(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        self.line.blink().await;
        self.refused()?;
        let appended = self.append_now(stream, expected, entries, fence);
        if matches!(appended, Err(AppendError::Conflict { .. })) {
            self.line
                .world
                .with(|world| world.statistics.count("store: conflict"));
        }
        self.line.blink().await;
        self.silent()?;
        appended
    }

    async fn snapshot(&self, _stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let kept = self.line.world.with(|world| {
            if world.records.snapshot.is_some() {
                world.statistics.count("store: began with a snapshot");
            }
            world.records.snapshot.clone()
        });
        Ok(kept)
    }

    async fn put_snapshot(&self, _stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.line.blink().await;
        self.refused()?;
        self.line
            .world
            .with(|world| world.records.snapshot = Some(snapshot.clone()));
        self.line.blink().await;
        self.silent()
    }

    async fn put_observations(
        &self,
        stream: &str,
        observations: &[Observation],
        after: u64,
        fence: Option<&Fence>,
    ) -> Result<(), AppendError> {
        self.line.blink().await;
        self.refused()?;
        let (world, name) = (&self.line.world, fence.map(|fence| &fence.name));
        if !world.with(|world| world.records.is_current(fence)) {
            let name = name.cloned().unwrap_or_default();
            return Err(AppendError::Fenced { name });
        }
        if let Some(disk) = &self.disk {
            disk.run(
                disk.store
                    .put_observations(stream, observations, after, fence),
            )?;
        }
        self.line.world.with(|world| {
            for observation in observations {
                world.records.observe(observation, after);
            }
        });
        self.line.blink().await;
        Ok(self.silent()?)
    }

    async fn last_observations(
        &self,
        _stream: &str,
        environment: &str,
    ) -> Result<Vec<Observation>, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let all = self.observed(environment);
        let mut last: BTreeMap<String, Observation> = BTreeMap::new();
        last.extend(all.into_iter().map(|(_, seen)| (seen.check.clone(), seen)));
        Ok(last.into_values().collect())
    }

    async fn new_observations(
        &self,
        stream: &str,
        environment: &str,
        (after, since_us): (u64, i64),
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let all = self.observed(environment).into_iter();
        let new = all.skip_while(|(n, seen)| *n <= after || seen.at_us <= since_us);
        let new: Vec<_> = new.take(OBSERVATIONS_MAX).collect();
        if let Some(disk) = &self.disk {
            let from = (after, since_us);
            let found = disk.run(disk.store.new_observations(stream, environment, from));
            if found.as_ref().ok() != Some(&new) {
                self.differs(format!("observations after {after}: {found:?}"));
            }
        }
        Ok(new)
    }

    async fn observations(
        &self,
        _stream: &str,
        environment: &str,
        first: u64,
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let all = self.observed(environment).into_iter();
        let from = all.skip_while(|(n, _)| *n < first);
        Ok(from.take(OBSERVATIONS_MAX).collect())
    }

    async fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let digest = Digest::of(bytes);
        self.line
            .world
            .with(|world| world.records.blobs.insert(digest, bytes.to_vec()));
        Ok(digest)
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.line.blink().await;
        Ok(self
            .line
            .world
            .with(|world| world.records.blobs.get(digest).cloned()))
    }

    async fn acquire(&self, name: &str) -> Result<Option<(SimulatedLease, Fence)>, StoreError> {
        self.line.blink().await;
        self.refused()?;
        let process = self.line.process;
        let epoch = self
            .line
            .world
            .with(|world| world.records.acquire(name, process));
        let on_disk = self
            .disk
            .as_ref()
            .map(|disk| disk.run(disk.store.acquire(name)));
        let found = on_disk.transpose()?;
        if let Some(found) = &found
            && found.as_ref().map(|(_, fence)| fence.epoch) != epoch
        {
            self.differs(format!("the lease {name}: {epoch:?}"));
        }
        let Some(epoch) = epoch else {
            self.line
                .world
                .with(|world| world.statistics.count("store: lease held by another"));
            return Ok(None);
        };
        let lease = SimulatedLease {
            line: self.line.clone(),
            name: name.to_owned(),
            epoch,
            _on_disk: found.flatten().map(|(lease, _)| lease),
        };
        let fence = Fence {
            name: name.to_owned(),
            epoch,
        };
        self.line.blink().await;
        Ok(Some((lease, fence)))
    }
}
