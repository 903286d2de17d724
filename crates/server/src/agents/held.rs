//! The leases that agents hold here. They are this process's: when it ends they are free, and an
//! agent that comes back takes them again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use liftlock_core::PersonName;
use liftlock_engine::ports::{self, Fence};

use crate::parts::Task;

/// How often it is looked for leases that have expired.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The most leases that agents hold at once.
pub(super) const LEASES_MAX: usize = 10_000;

/// Leases by their names.
pub(super) struct Held<L> {
    leases: Mutex<HashMap<String, One<L>>>,
    ending: AtomicBool,
}

struct One<L> {
    lease: L,
    epoch: u64,
    by: PersonName,
    until: Instant,
}

impl<L> Default for Held<L> {
    fn default() -> Self {
        Self {
            leases: Mutex::default(),
            ending: AtomicBool::new(false),
        }
    }
}

impl<L: ports::Held + 'static> Held<L> {
    /// Keeps a lease that was taken for an agent.
    pub(super) fn keep(&self, by: &PersonName, (lease, fence): (L, Fence), until: Instant) {
        let one = One {
            lease,
            epoch: fence.epoch,
            by: by.clone(),
            until,
        };
        self.all().insert(fence.name, one);
    }

    /// Whether there may be one more.
    pub(super) fn has_room(&self) -> bool {
        self.all().len() < LEASES_MAX
    }

    /// The proof of a lease that the agent holds under this epoch, which then counts until `until`,
    /// if that is later; nothing where it does not hold it.
    pub(super) fn fence(
        &self,
        by: &PersonName,
        (name, epoch): (&str, u64),
        until: Option<Instant>,
    ) -> Option<Fence> {
        let mut all = self.all();
        let one = all.get_mut(name)?;
        let is_its = one.by == *by && one.epoch == epoch;
        if !is_its || one.until <= Instant::now() || !one.lease.is_held() {
            return None;
        }
        one.until = until.map_or(one.until, |until| until.max(one.until));
        Some(Fence {
            name: name.to_owned(),
            epoch,
        })
    }

    /// Gives a lease back that the agent holds under this epoch.
    pub(super) fn give_back(&self, by: &PersonName, (name, epoch): (&str, u64)) {
        let mut all = self.all();
        let is_it = |one: &One<L>| one.by == *by && one.epoch == epoch;
        if all.get(name).is_some_and(is_it) {
            all.remove(name);
        }
    }

    /// Whether the server ends: nobody waits for anything any more.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    fn drop_expired(&self) {
        let now = Instant::now();
        self.all()
            .retain(|_, one| one.until > now && one.lease.is_held());
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, One<L>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what has expired.
    pub(super) fn task(self: Arc<Self>) -> Task {
        Task::new("agents", move |shutdown| async move {
            let mut every = tokio::time::interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    () = shutdown.requested() => return self.ending.store(true, Ordering::Relaxed),
                    _ = every.tick() => self.drop_expired(),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Lease(Arc<()>);

    impl ports::Held for Lease {}

    fn fence(epoch: u64) -> Fence {
        Fence {
            name: "shop/production".to_owned(),
            epoch,
        }
    }

    #[test]
    fn a_lease_is_its_agents_under_its_epoch_and_until_it_expires() {
        let (held, lease) = (Held::default(), Lease(Arc::new(())));
        let [one, other]: [PersonName; 2] = ["edge-1", "edge-2"].map(|name| name.parse().unwrap());
        let name = "shop/production";
        let now = Instant::now();
        let later = now + Duration::from_secs(60);
        held.keep(&one, (lease.clone(), fence(3)), later);
        assert_eq!(held.fence(&one, (name, 3), None), Some(fence(3)));
        for (by, name, epoch) in [
            (&other, name, 3),
            (&one, name, 2),
            (&one, name, 4),
            (&one, "shop/staging", 3),
        ] {
            assert_eq!(held.fence(by, (name, epoch), None), None);
            held.give_back(by, (name, epoch));
        }
        assert_eq!(Arc::strong_count(&lease.0), 2);
        held.give_back(&one, (name, 3));
        assert_eq!(Arc::strong_count(&lease.0), 1);

        held.keep(&one, (lease.clone(), fence(4)), now);
        assert_eq!(held.fence(&one, (name, 4), Some(later)), None, "expired");
        held.drop_expired();
        assert_eq!(Arc::strong_count(&lease.0), 1);
    }
}
