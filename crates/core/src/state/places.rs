//! Where something may be in a list, by a hash of what it is found by.

use std::fmt;
use std::sync::Arc;

use liftlock_oci::Digest;
use rpds::RedBlackTreeSetSync;

use crate::{EnvironmentName, GateName, PromotionId, ReleaseName};

/// Places by a hash. Two things may have the same: whoever finds a place looks at what is there.
#[derive(Clone)]
pub(super) struct Places {
    /// As they were read: sorted, each once.
    read: Arc<[(u32, u32)]>,
    /// What came since.
    since: RedBlackTreeSetSync<(u32, u32)>,
}

/// What something is found by.
pub trait Key: Ord {
    /// Its hash: the same for equal keys, in every version and on every machine.
    fn hashed(&self) -> u32 {
        finish(self.add_to(FNV_OFFSET))
    }

    /// The hash of what came before, followed by this.
    fn add_to(&self, hash: u64) -> u64;
}

/// FNV-1a, 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn add(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
    bytes.iter().fold(hash, step)
}

fn finish(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

impl Key for ReleaseName {
    fn add_to(&self, hash: u64) -> u64 {
        add(hash, self.as_str().as_bytes())
    }
}

impl Key for EnvironmentName {
    fn add_to(&self, hash: u64) -> u64 {
        add(hash, self.as_str().as_bytes())
    }
}

impl Key for GateName {
    fn add_to(&self, hash: u64) -> u64 {
        add(hash, self.as_str().as_bytes())
    }
}

impl Key for PromotionId {
    fn add_to(&self, hash: u64) -> u64 {
        add(hash, &self.0.to_le_bytes())
    }
}

impl Key for Digest {
    fn add_to(&self, hash: u64) -> u64 {
        add(hash, self.as_bytes())
    }
}

/// Two keys together.
impl<A: Key, B: Key> Key for (&A, &B) {
    fn add_to(&self, hash: u64) -> u64 {
        // No name has this byte, so that no two pairs run together.
        self.1.add_to(add(self.0.add_to(hash), &[0]))
    }
}

impl Default for Places {
    fn default() -> Self {
        Self::read(Vec::new())
    }
}

impl Places {
    /// Those that were written.
    pub(super) fn read(mut places: Vec<(u32, u32)>) -> Self {
        // Written sorted. Looking through them relies on it, so it is not taken for granted.
        places.sort_unstable();
        Self {
            read: places.into(),
            since: RedBlackTreeSetSync::new_sync(),
        }
    }

    /// Notes that something is at `place`. A list that is longer than 32 bits can count would have
    /// taken more memory than there is.
    pub(super) fn add(&mut self, key: &impl Key, place: usize) {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.since.insert_mut((key.hashed(), place));
    }

    /// Where something with this hash may be, in order.
    pub(super) fn at(&self, hash: u32) -> impl DoubleEndedIterator<Item = usize> {
        let from = self.read.partition_point(|(known, _)| *known < hash);
        let read = self.read.get(from..).unwrap_or_default();
        let to = read.partition_point(|(known, _)| *known == hash);
        let read = read.get(..to).unwrap_or_default().iter();
        // What came since is further on in its list.
        let since = self.since.range((hash, 0)..=(hash, u32::MAX));
        read.chain(since).map(|(_, place)| *place as usize)
    }

    /// All, sorted, as they are written.
    pub(super) fn sorted(&self) -> Vec<(u32, u32)> {
        let mut all = self.read.to_vec();
        all.extend(self.since.iter());
        all.sort_unstable();
        all
    }
}

impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl Eq for Places {}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} places", self.read.len() + self.since.size())
    }
}
