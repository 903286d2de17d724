//! Which release a user means.

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_core::decide::{image_key, name_after};
use liftlock_core::release::{About, ReleaseImage};
use liftlock_core::{EnvironmentName, ImageKey, Refusal, Release, ReleaseName, State};
use liftlock_oci::{Digest, Reference};

use crate::intake::moved;
use crate::ports::{Clock, Delivery, Registries, RegistryError, Store};
use crate::{Engine, EngineError, Intake, IntakeRequest};

/// How a user names a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// By its name.
    Name(ReleaseName),
    /// By an image that it pins.
    Reference(Reference),
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Finds the release that a user means. A reference means the release named after its tag, or
    /// the newest one that pins its digest; where there is none it is created, named after the
    /// tag. A release that exists keeps its digest, whatever the tag says by now.
    pub async fn choose(
        &self,
        choice: &ReleaseChoice,
        dry_run: bool,
    ) -> Result<Intake, EngineError> {
        let state = self.state().await?;
        let reference = match choice {
            ReleaseChoice::Name(name) => return Ok(found(&state, name, Vec::new())?),
            ReleaseChoice::Reference(reference) => reference,
        };
        let policy = state.policy()?;
        if let Some((environment, key)) = policy.place_of(&reference.repository)
            && policy.images.get(key) != Some(&reference.repository)
        {
            let place = (&environment.name, key);
            return self.choose_in_place(&state, place, reference).await;
        }
        let key = image_key(policy, &reference.repository)?;
        let resolved = self.registries.resolve(reference).await?;
        let digest = resolved.image.digest;
        let mut notices: Vec<String> = moved(reference, &resolved).into_iter().collect();
        let named = name_after(reference).filter(|name| state.releases.contains_key(name));
        if let Some(name) = named.filter(|_| reference.digest.is_none()) {
            let release = state.release(&name)?;
            let pinned = release
                .content
                .images
                .get(&key)
                .map(|image| image.image.digest);
            if let Some(pinned) = pinned.filter(|pinned| *pinned != digest) {
                notices.push(format!(
                    "{reference} has moved since {name} was created: the release pins {pinned}, the tag is at {digest}; the release's digest counts"
                ));
            }
            return Ok(found(&state, &name, notices)?);
        }
        if let Some(release) = newest(&state, &key, digest) {
            return Ok(found(&state, &release.content.name, notices)?);
        }
        if policy.images.len() > 1 {
            return Err(Refusal::Invalid {
                what: reference.to_string(),
                message: format!(
                    "is one of {} images of this pipeline; name all of them with `liftlock release create`",
                    policy.images.len()
                ),
            }
            .into());
        }
        let name = match name_after(reference) {
            Some(name) if reference.digest.is_none() => name,
            _ => digest
                .short()
                .parse()
                .map_err(|source: liftlock_core::NameError| Refusal::Invalid {
                    what: reference.to_string(),
                    message: source.to_string(),
                })?,
        };
        let images = BTreeMap::from([(
            key,
            ReleaseImage {
                repository: reference.repository.clone(),
                image: resolved.image,
            },
        )]);
        let about = About::default();
        self.intake(
            IntakeRequest {
                name,
                images: Vec::new(),
                about,
                imported: None,
                dry_run,
            },
            images,
            notices,
        )
        .await
    }

    /// Finds the newest release that pins what an environment has in a repository of its own. None
    /// is made of it: releases are made where images are built.
    async fn choose_in_place(
        &self,
        state: &Arc<State>,
        (environment, key): (&EnvironmentName, &ImageKey),
        reference: &Reference,
    ) -> Result<Intake, EngineError> {
        let found_there = match (reference.digest, &reference.tag) {
            (None, Some(tag)) => {
                let repository = &reference.repository;
                self.registries.tag_digest(repository, tag).await?
            }
            (digest, _) => digest,
        };
        let digest = found_there.ok_or_else(|| RegistryError::NotFound {
            what: reference.to_string(),
        })?;
        if let Some(release) = newest(state, key, digest) {
            return Ok(found(state, &release.content.name, Vec::new())?);
        }
        Err(Refusal::Invalid {
            what: reference.to_string(),
            message: format!(
                "is in a repository of the environment {environment}, and no release pins {digest}"
            ),
        }
        .into())
    }
}

/// The newest release that pins an image.
fn newest<'s>(state: &'s State, key: &ImageKey, digest: Digest) -> Option<&'s Release> {
    state.releases_holding(digest).find(|release| {
        let image = release.content.images.get(key);
        image.is_some_and(|image| image.image.digest == digest)
    })
}

fn found(state: &Arc<State>, name: &ReleaseName, notices: Vec<String>) -> Result<Intake, Refusal> {
    let images = state.release(name)?.content.images.clone();
    Ok(Intake {
        release: name.clone(),
        created: false,
        images,
        notices,
        state: Arc::clone(state),
    })
}
