//! Registries that are down, slow, behind, and full of other people.

use liftlock_engine::ports::{
    CopiedTo, CopyFailed, CopyImage, CopyReport, Registries, RegistryError, Resolved, TagWrite,
    Untagged,
};
use liftlock_oci::{Digest, PinnedRef, Reference, Repository, Tag};

use super::Line;
use crate::faults::Fault;
use crate::registry::Place;

/// The registries as one process reaches them.
pub(crate) struct SimulatedRegistries(pub(crate) Line);

impl SimulatedRegistries {
    /// A request on its way to a registry: fails where that is down, or just so.
    pub(super) async fn ask(&self, repository: &Repository) -> Result<(), RegistryError> {
        self.0.travel().await;
        let host = repository.host();
        let fails = self.0.world.with(|world| {
            let down = world.hub.is_down(host, world.now);
            if down {
                world.statistics.count("registry: asked while down");
            }
            down || world.strikes(Fault::RegistryRefuses)
        });
        if fails {
            Err(unreachable(host))
        } else {
            Ok(())
        }
    }

    /// The answer to a write that was made: it may not arrive.
    pub(super) async fn answer(&self, repository: &Repository) -> Result<(), RegistryError> {
        self.0.travel().await;
        let silent = self
            .0
            .world
            .with(|world| world.strikes(Fault::RegistrySilent));
        if silent {
            Err(unreachable(repository.host()))
        } else {
            Ok(())
        }
    }

    /// Where a tag is, or, where the registry is behind, was.
    pub(super) fn seen(&self, place: &Place) -> Option<Digest> {
        self.0.world.with(|world| {
            let slot = world.hub.slot(place);
            if slot.before != slot.digest && world.strikes(Fault::StaleRead) {
                let entries = world.records.ledger;
                world.hub.disturb(place, entries);
                slot.before
            } else {
                slot.digest
            }
        })
    }

    /// The copy to one repository, with the keep-tag last.
    async fn bring(&self, request: &CopyImage, to: &Repository) -> Result<(), CopyFailed> {
        let failed = |error| CopyFailed::Destinations {
            failed: vec![(to.to_string(), Box::new(error))],
        };
        self.ask(to).await.map_err(failed)?;
        let image = to.pinned(request.image.digest);
        self.0.world.with(|world| {
            world.hub.present.insert(image.clone());
            let from = &request.image.repository;
            world.hub.bring_signed(from, to, image.digest);
            world.tell(|| format!("registry: {to} has {}", image.digest.short()));
        });
        self.answer(to).await.map_err(failed)?;
        let Some(tag) = &request.keep else {
            return Ok(());
        };
        match self.write_tag(&image, tag, None).await.map_err(failed)? {
            TagWrite::Unchanged | TagWrite::Written => Ok(()),
            TagWrite::Moved { found } | TagWrite::Lost { found } => Err(CopyFailed::Kept {
                repository: to.clone(),
                tag: tag.clone(),
                digest: image.digest,
                found,
            }),
        }
    }
}

pub(super) fn unreachable(host: &str) -> RegistryError {
    RegistryError::Unreachable {
        registry: host.to_owned(),
        message: "simulated".to_owned(),
        source: None,
    }
}

pub(super) fn not_found(what: impl ToString) -> RegistryError {
    let what = what.to_string();
    RegistryError::NotFound { what }
}

impl Registries for SimulatedRegistries {
    async fn resolve(&self, reference: &Reference) -> Result<Resolved, RegistryError> {
        let repository = &reference.repository;
        self.ask(repository).await?;
        let tagged = reference.tag.as_ref();
        let tagged = tagged.and_then(|tag| self.seen(&(repository.clone(), tag.clone())));
        let digest = reference
            .digest
            .or(tagged)
            .ok_or_else(|| not_found(reference))?;
        self.0.travel().await;
        self.0.world.with(|world| {
            let there = world.hub.present.contains(&repository.pinned(digest));
            let image = world.hub.images.get(&digest).filter(|_| there).cloned();
            Ok(Resolved {
                image: image.ok_or_else(|| not_found(reference))?,
                tag_digest: tagged.filter(|_| reference.digest.is_some()),
            })
        })
    }

    async fn tag_digest(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, RegistryError> {
        self.ask(repository).await?;
        let seen = self.seen(&(repository.clone(), tag.clone()));
        self.0.travel().await;
        Ok(seen)
    }

    async fn is_present(&self, image: &PinnedRef) -> Result<bool, RegistryError> {
        self.ask(&image.repository).await?;
        let there = self.0.world.with(|world| world.hub.present.contains(image));
        self.0.travel().await;
        Ok(there)
    }

    async fn copy(
        &self,
        request: &CopyImage,
        _report: CopyReport,
    ) -> Result<Vec<CopiedTo>, CopyFailed> {
        let source = |error: RegistryError| CopyFailed::Source {
            what: request.image.to_string(),
            source: Box::new(error),
        };
        self.ask(&request.image.repository).await.map_err(source)?;
        self.0.world.with(|world| {
            let judged = world.judge.copy(request, self.0.process, &world.records);
            world.hold(judged);
        });
        let there = self.is_present(&request.image).await.map_err(source)?;
        if !there {
            return Err(source(not_found(&request.image)));
        }
        let mut copied = Vec::new();
        for to in &request.to {
            self.bring(request, to).await?;
            copied.push(CopiedTo {
                repository: to.clone(),
                written: 1,
                bytes: 1,
                mounted: 0,
                there: 0,
                manifests: 1,
                left: Vec::new(),
            });
        }
        Ok(copied)
    }

    async fn write_tag(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        self.guarded_write(image, tag, expected).await
    }

    async fn remove_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        ours: Digest,
    ) -> Result<Untagged, RegistryError> {
        self.guarded_removal((repository, tag), ours).await
    }
}
