//! Manifests that were read or written, so that writing a tag need not read them again.

use std::collections::VecDeque;

use liftlock_oci::{Digest, RawManifest, Repository};

/// The most bytes of manifests kept for one registry.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The latest manifests of one registry, by repository and digest. Their content cannot become
/// stale: it has the digest it is kept under.
#[derive(Debug, Default)]
pub(crate) struct KnownManifests {
    entries: VecDeque<(Repository, RawManifest)>,
    bytes: usize,
}

impl KnownManifests {
    pub(crate) fn get(&self, repository: &Repository, digest: Digest) -> Option<RawManifest> {
        let same = |(at, manifest): &&(Repository, RawManifest)| {
            at == repository && manifest.digest() == digest
        };
        self.entries
            .iter()
            .find(same)
            .map(|(_, manifest)| manifest.clone())
    }

    pub(crate) fn keep(&mut self, repository: &Repository, manifest: &RawManifest) {
        if self.get(repository, manifest.digest()).is_some() {
            return;
        }
        self.bytes += manifest.bytes().len();
        self.entries
            .push_back((repository.clone(), manifest.clone()));
        while self.bytes > BYTES_MAX {
            let Some((_, oldest)) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes().len();
        }
    }

    pub(crate) fn forget(&mut self, repository: &Repository, digest: Digest) {
        let bytes = &mut self.bytes;
        self.entries.retain(|(at, manifest)| {
            let gone = at == repository && manifest.digest() == digest;
            if gone {
                *bytes -= manifest.bytes().len();
            }
            !gone
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_are_too_many_bytes() {
        let repository: Repository = "r.example.com/a".parse().unwrap();
        let manifest = |fill: u8| RawManifest::new(vec![fill; 4 * 1024 * 1024], "x", None).unwrap();
        let mut known = KnownManifests::default();
        (0..5).for_each(|fill| known.keep(&repository, &manifest(fill)));
        assert!(known.get(&repository, manifest(0).digest()).is_none());
        assert_eq!(
            known.get(&repository, manifest(4).digest()),
            Some(manifest(4))
        );
        known.forget(&repository, manifest(4).digest());
        assert!(known.get(&repository, manifest(4).digest()).is_none());
        assert_eq!(known.bytes, 12 * 1024 * 1024);
    }
}
