//! The engine's store, at the server. It is read from, and leases are held there; entries are
//! appended by the server alone.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use liftlock_core::PipelineName;
use liftlock_engine::ports::{
    self, AppendError, Appended, Changes, Fence, Observation, Store, StoreError, StoredEntry,
};
use liftlock_oci::Digest;
use reqwest::Method;

use crate::client::{AskError, Body, Client};
use crate::lease::{Held, RemoteLease};
use crate::wire::{
    Changed, Entries, Kept, LEASE_LOST, NewObservations, Observations, Place, SentObservation,
    WAIT_SECONDS_MAX,
};

/// The wait before a payload is handed in again.
const AGAIN: Duration = Duration::from_secs(1);

/// The state at a server. Clones are the same.
#[derive(Clone)]
pub struct RemoteStore(Arc<Inner>);

struct Inner {
    client: Client,
    leases: Mutex<HashMap<String, Weak<Held>>>,
}

/// A lease: nothing at all for one that only keeps two from looking at the same.
#[derive(Debug)]
pub struct AgentLease(Option<RemoteLease>);

impl ports::Held for AgentLease {
    fn is_held(&self) -> bool {
        self.0.as_ref().is_none_or(|lease| lease.held().is_sure())
    }

    async fn lost(&self) {
        match &self.0 {
            Some(lease) => lease.held().lost().await,
            None => std::future::pending().await,
        }
    }
}

impl RemoteStore {
    /// That of a server.
    pub fn new(client: Client) -> Self {
        Self(Arc::new(Inner {
            client,
            leases: Mutex::default(),
        }))
    }

    /// Who this is, and what there is to work on.
    ///
    /// # Errors
    /// Where the server cannot be asked, or does not know this agent.
    pub async fn place(&self) -> Result<Place, crate::AskError> {
        self.0.client.get(&["pipelines"], &[]).await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// What is known of a lease that is held.
    pub(crate) fn held(&self, name: &str) -> Option<Arc<Held>> {
        self.leases().get(name).and_then(Weak::upgrade)
    }

    fn any_held(&self) -> Option<Arc<Held>> {
        let leases = self.leases();
        let mut held = leases.values().filter_map(Weak::upgrade);
        held.find(|held| !held.is_lost())
    }

    fn leases(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Held>>> {
        self.0.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn observed(
        &self,
        stream: &str,
        environment: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let path = [
            "pipelines",
            stream,
            "environments",
            environment,
            "observations",
        ];
        let found: Observations = self.0.client.get(&path, query).await?;
        let found = found.observations.into_iter();
        Ok(found
            .map(|seen| seen.into_observation(environment))
            .collect())
    }

    fn not_here(&self) -> StoreError {
        StoreError::ReadOnly {
            path: self.0.client.to_string(),
            message: "an agent appends nothing".to_owned(),
        }
    }
}

impl Store for RemoteStore {
    type Lease = AgentLease;

    async fn streams(&self) -> Result<Vec<String>, StoreError> {
        let place = self.place().await?;
        Ok(place
            .pipelines
            .iter()
            .map(PipelineName::to_string)
            .collect())
    }

    async fn changes(&self, from: u64) -> Result<Changes, StoreError> {
        let query = [
            ("from", from.to_string()),
            ("wait", WAIT_SECONDS_MAX.to_string()),
        ];
        let changed: Changed = self.0.client.get(&["changes"], &query).await?;
        Ok(Changes {
            size: changed.size,
            pipelines: changed.pipelines,
        })
    }

    async fn load(&self, stream: &str, after: u64) -> Result<Vec<StoredEntry>, StoreError> {
        let path = ["pipelines", stream, "entries"];
        let mut all = Vec::new();
        let mut after = after;
        loop {
            let query = [("after", after.to_string())];
            let page: Entries = self.0.client.get(&path, &query).await?;
            let entries = page.entries.into_iter().map(|sent| StoredEntry {
                version: sent.version,
                seq: sent.seq,
                bytes: sent.entry.into_bytes(),
            });
            all.extend(entries);
            let last = all.last().map_or(after, |entry| entry.version);
            if !page.more || last <= after {
                return Ok(all);
            }
            after = last;
        }
    }

    async fn append(
        &self,
        _: &str,
        _: u64,
        _: &[Vec<u8>],
        _: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        Err(self.not_here().into())
    }

    async fn put_observations(
        &self,
        stream: &str,
        observations: &[Observation],
        after: u64,
        fence: Option<&Fence>,
    ) -> Result<(), AppendError> {
        let (Some(fence), Some(first)) = (fence, observations.first()) else {
            return Ok(());
        };
        let lost = || AppendError::Fenced {
            name: fence.name.clone(),
        };
        let held = self.held(&fence.name).ok_or_else(lost)?;
        let environment = first.environment.clone();
        let path = [
            "pipelines",
            stream,
            "environments",
            &environment,
            "observations",
        ];
        let sent = observations.iter().cloned();
        let new = NewObservations {
            epoch: held.epoch(),
            after,
            observations: sent.map(|seen| SentObservation::of(0, seen)).collect(),
        };
        match self.0.client.post::<()>(&path, &new).await {
            Err(error) if error.is(LEASE_LOST) => Err(lost()),
            kept => Ok(kept.map_err(StoreError::from)?),
        }
    }

    async fn last_observations(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<Observation>, StoreError> {
        let last = self.observed(stream, environment, &[]).await?;
        Ok(last.into_iter().map(|(_, seen)| seen).collect())
    }

    async fn new_observations(
        &self,
        stream: &str,
        environment: &str,
        (after, since): (u64, i64),
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let query = [("after", after.to_string()), ("since", since.to_string())];
        self.observed(stream, environment, &query).await
    }

    /// Only who verifies a ledger wants them.
    async fn observations(
        &self,
        _: &str,
        _: &str,
        _: u64,
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        Err(self.not_here())
    }

    /// For as long as a lease is held: what was done is not done again because what it printed
    /// could not be kept at once.
    async fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let held = self.any_held().ok_or_else(|| self.not_here())?;
        let path = [&held.place()[..], &["blobs"]].concat();
        loop {
            let query = [
                ("epoch", held.epoch().to_string()),
                ("watch", held.is_watch().to_string()),
            ];
            let asked = (Method::POST, Some("application/octet-stream"));
            let body = Body::Bytes(bytes);
            let kept = held.client().ask::<Kept>(asked, (&path, &query), body);
            let error = match kept.await {
                Ok(kept) => return Ok(kept.digest),
                Err(error) => error,
            };
            if error.is(LEASE_LOST) {
                if let Ok(true) = held.renew().await {
                    continue;
                }
            } else if !matches!(error, AskError::Unreachable { .. }) {
                return Err(error.into());
            }
            tokio::select! {
                () = held.lost() => return Err(error.into()),
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    /// An agent reads no payloads.
    async fn blob(&self, _: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        Err(self.not_here())
    }

    async fn acquire(&self, name: &str) -> Result<Option<(AgentLease, Fence)>, StoreError> {
        let fence = |epoch| Fence {
            name: name.to_owned(),
            epoch,
        };
        let mut parts = name.split('/');
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        let (Some(pipeline), Some(environment)) = (first, second) else {
            return Err(self.not_here());
        };
        // Two agents may look at the same pipeline at once: nothing rests on that they do not.
        if pipeline == "worker" && third.is_none() {
            return Ok(Some((AgentLease(None), fence(0))));
        }
        let place = (pipeline, environment, third == Some("watch"));
        let taken = RemoteLease::take(&self.0.client, place).await?;
        let Some(lease) = taken else {
            return Ok(None);
        };
        let held = lease.held();
        let mut leases = self.leases();
        leases.retain(|_, held| held.strong_count() > 0);
        leases.insert(name.to_owned(), Arc::downgrade(held));
        drop(leases);
        let fence = fence(held.epoch());
        Ok(Some((AgentLease(Some(lease)), fence)))
    }
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteStore").field(&self.0.client).finish()
    }
}
