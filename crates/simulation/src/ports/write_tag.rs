//! The tag guard, as the real data plane has it: look, write, read back. A registry has no
//! compare-and-swap, and others write too.

use liftlock_engine::ports::{RegistryError, TagWrite, Untagged};
use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use super::registries::{SimulatedRegistries, not_found};
use crate::faults::Fault;
use crate::registry::Place;
use crate::strangers;

impl SimulatedRegistries {
    pub(super) async fn guarded_write(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        let (repository, digest) = (&image.repository, image.digest);
        let place = (repository.clone(), tag.clone());
        self.ask(repository).await?;
        let found = self.seen(&place);
        if found == Some(digest) {
            return Ok(TagWrite::Unchanged);
        }
        if found != expected {
            return Ok(TagWrite::Moved { found });
        }
        self.ask(repository).await?;
        self.lose_race(&place);
        self.put(&place, Some(digest))?;
        self.answer(repository).await?;
        self.lose_race(&place);
        let found = self.seen(&place);
        self.0.travel().await;
        Ok(if found == Some(digest) {
            TagWrite::Written
        } else {
            TagWrite::Lost { found }
        })
    }

    pub(super) async fn guarded_removal(
        &self,
        (repository, tag): (&Repository, &Tag),
        ours: Digest,
    ) -> Result<Untagged, RegistryError> {
        let place = (repository.clone(), tag.clone());
        self.ask(repository).await?;
        let deletes = self.0.world.with(|world| {
            let entries = world.records.ledger;
            let deletes = !world.hub.undeletable.contains(repository.host());
            if !deletes {
                // The record says that the tag was left.
                world.hub.disturb(&place, entries);
                world
                    .statistics
                    .count("registry: cannot delete a tag alone");
            }
            deletes
        });
        match self.seen(&place) {
            None => return Ok(Untagged::Absent),
            Some(found) if found != ours => return Ok(Untagged::NotOurs(found)),
            Some(_) if !deletes => return Ok(Untagged::Unsupported),
            Some(_) => {}
        }
        self.ask(repository).await?;
        self.put(&place, None)?;
        self.answer(repository).await?;
        Ok(Untagged::Removed)
    }

    /// Someone else may be faster.
    fn lose_race(&self, place: &Place) {
        self.0.world.with(|world| {
            if world.strikes(Fault::LostRace) {
                strangers::write_tag(world, place);
            }
        });
    }

    /// The write itself: refused by the registry, or judged and made.
    fn put(&self, place: &Place, digest: Option<Digest>) -> Result<(), RegistryError> {
        let process = self.0.process;
        self.0.world.with(|world| {
            if world.hub.immutable.contains(place) {
                world.statistics.count("registry: immutable tag");
                return Err(RegistryError::Immutable {
                    registry: place.0.host().to_owned(),
                    tag: place.1.to_string(),
                    message: "simulated".to_owned(),
                });
            }
            if let Some(digest) = digest
                && !world.hub.present.contains(&place.0.pinned(digest))
            {
                return Err(not_found(place.0.pinned(digest)));
            }
            let judged = world
                .judge
                .tag_write(place, digest, process, &world.records);
            world.hub.write(place, digest);
            world.statistics.count("registry: tag written");
            world.tell(|| {
                let to = digest.map_or_else(|| "nothing".to_owned(), |digest| digest.short());
                format!("[{process}] writes {}:{} -> {to}", place.0, place.1)
            });
            world.hold(judged);
            Ok(())
        })
    }
}
