//! What a registry was seen to do, so that nothing is tried on it in vain twice.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::sync::Mutex;

/// The optional ways of one registry. They are learned from its answers, and kept while its
/// client lives.
#[derive(Debug, Default)]
pub(crate) struct KnownWays {
    /// `POST ?digest=` takes a whole blob.
    pub(crate) posts_blobs: Way,
    /// The referrers API.
    pub(crate) lists_referrers: Way,
    /// `last=` in the list of tags leaves out what comes before.
    pub(crate) pages_tags: Way,
    /// A mount from a repository into itself finds what is there.
    pub(crate) finds_blobs: Way,
    /// A large blob was looked for that a mount had not found, and was not there.
    pub(crate) looked_in_vain: AtomicBool,
    /// Held while one is looked for.
    pub(crate) look: Mutex<()>,
    /// `tag=` with a manifest's digest writes those tags.
    pub(crate) tags_digests: Way,
}

/// One optional way: not known at first.
#[derive(Debug, Default)]
pub(crate) struct Way(AtomicU8);

const WORKS: u8 = 1;
const FAILS: u8 = 2;

impl Way {
    /// Whether the registry was seen to do this.
    pub(crate) fn works(&self) -> bool {
        self.0.load(Ordering::Relaxed) == WORKS
    }

    /// Whether the registry was seen not to do this.
    pub(crate) fn fails(&self) -> bool {
        self.0.load(Ordering::Relaxed) == FAILS
    }

    /// Takes note of what was seen; the latest counts.
    pub(crate) fn seen(&self, works: bool) {
        let value = if works { WORKS } else { FAILS };
        self.0.store(value, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_before_it_is_seen() {
        let way = Way::default();
        assert!(!way.works() && !way.fails());
        way.seen(true);
        assert!(way.works() && !way.fails());
        way.seen(false);
        assert!(!way.works() && way.fails());
    }
}
