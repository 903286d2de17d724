//! What a registry says has changed.

use liftlock_core::Time;
use liftlock_oci::{Digest, Repository, Tag};
use serde::Serialize;

use crate::words::words;

/// The most events of one notification.
pub const PUSHES_MAX: usize = 1000;

/// What a registry says has changed in one of its repositories. It may be wrong, old, or come
/// twice: whoever acts on it looks at the registry itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// Where, by the host under which Liftlock knows the registry.
    pub repository: Repository,
    /// The tag, where one was named.
    pub tag: Option<Tag>,
    /// The digest, where one was named.
    pub digest: Option<Digest>,
    /// What was done.
    pub change: Change,
    /// By whom, in the registry's words: one line.
    pub by: Option<String>,
    /// When, by the registry's clock.
    pub at: Option<Time>,
}

/// What was done to a tag or a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was written.
    Pushed,
    /// It was taken away.
    Deleted,
}

/// What one notification says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushes {
    /// What has changed, in its order.
    pub pushed: Vec<Pushed>,
    /// How many of its events say nothing about a manifest, or nothing that can be read.
    pub left_out: usize,
}

/// One event, in the words of whichever registry.
pub(super) struct Said<'s> {
    pub(super) path: &'s str,
    pub(super) tag: Option<&'s str>,
    pub(super) digest: Option<&'s str>,
    pub(super) change: Change,
    pub(super) by: Option<&'s str>,
    pub(super) at: Option<Time>,
}

impl Pushes {
    /// Takes an event in, if it names a repository, and a tag or a digest.
    pub(super) fn take(&mut self, host: &str, said: &Said<'_>) {
        match said.pushed(host) {
            Some(pushed) => self.pushed.push(pushed),
            None => self.left_out += 1,
        }
    }
}

impl Said<'_> {
    fn pushed(&self, host: &str) -> Option<Pushed> {
        let repository: Repository = format!("{host}/{}", self.path).parse().ok()?;
        // Harbor says the digest where there is no tag.
        let tag: Option<Tag> = self.tag.and_then(|tag| tag.parse().ok());
        let digest: Option<Digest> = self.digest.and_then(|digest| digest.parse().ok());
        if repository.host() != host || (tag.is_none() && digest.is_none()) {
            return None;
        }
        let by = self.by.map(words);
        Some(Pushed {
            repository,
            tag,
            digest,
            change: self.change,
            by: by.filter(|by| !by.trim().is_empty()),
            at: self.at,
        })
    }
}
