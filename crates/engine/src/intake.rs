//! Intake: references become digests, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_core::decide::image_key;
use liftlock_core::release::{About, Imported, ReleaseImage};
use liftlock_core::{Command, ImageKey, Refusal, ReleaseName, State};
use liftlock_oci::{Digest, Reference};

use crate::ports::{Clock, Delivery, Registries, Resolved, Store, TagWrite};
use crate::{Engine, EngineError};

/// A release that is wanted.
#[derive(Debug, Clone)]
pub struct IntakeRequest {
    /// Its name.
    pub name: ReleaseName,
    /// A reference for each image, with its key where the repository does not say it.
    pub images: Vec<(Option<ImageKey>, Reference)>,
    /// What is said about it.
    pub about: About,
    /// Where it came from, where it was brought from another site.
    pub imported: Option<Box<Imported>>,
    /// Whether to stop before anything is changed.
    pub dry_run: bool,
}

/// What intake did.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The release.
    pub release: ReleaseName,
    /// Whether it is new.
    pub created: bool,
    /// Its digests.
    pub images: BTreeMap<ImageKey, ReleaseImage>,
    /// What a reader should know.
    pub notices: Vec<String>,
    /// The state with the release in it; not recorded where nothing was to be changed.
    pub state: Arc<State>,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Creates a release: each reference is resolved, the decision made, the keep-tags written, and
    /// the release recorded. The same digests again change nothing.
    pub async fn create_release(&self, request: IntakeRequest) -> Result<Intake, EngineError> {
        let state = self.state().await?;
        let mut images = BTreeMap::new();
        let mut notices = Vec::new();
        for (key, reference) in &request.images {
            let key = match key {
                Some(key) => key.clone(),
                None => image_key(state.policy()?, &reference.repository)?,
            };
            let resolved = self.registries.resolve(reference).await?;
            notices.extend(moved(reference, &resolved));
            let repository = reference.repository.clone();
            let image = ReleaseImage {
                repository,
                image: resolved.image,
            };
            if images.insert(key.clone(), image).is_some() {
                let what = format!("the image {key}");
                return Err(Refusal::Invalid {
                    what,
                    message: "is given twice".into(),
                }
                .into());
            }
        }
        self.intake(request, images, notices).await
    }

    pub(crate) async fn intake(
        &self,
        request: IntakeRequest,
        images: BTreeMap<ImageKey, ReleaseImage>,
        notices: Vec<String>,
    ) -> Result<Intake, EngineError> {
        let IntakeRequest {
            name,
            about,
            imported,
            dry_run,
            ..
        } = request;
        let (named, pinned) = (name.clone(), images.clone());
        let command = match imported {
            None => Command::CreateRelease {
                name: named,
                images: pinned,
                about,
            },
            Some(imported) => Command::ImportRelease {
                name: named,
                images: pinned,
                about,
                imported,
            },
        };
        let would = self.would(&command).await?;
        let created = !would.events.is_empty();
        let state = if dry_run {
            would.state
        } else {
            self.write_keep_tags(&would.state, &name).await?;
            self.record(&command, None).await?.state
        };
        Ok(Intake {
            release: name,
            created,
            images,
            notices,
            state,
        })
    }

    /// Before the release is recorded: a release whose images could be cleaned away is none.
    async fn write_keep_tags(&self, would: &State, name: &ReleaseName) -> Result<(), EngineError> {
        let (policy, release) = (would.policy()?, would.release(name)?);
        let Some(tag) = release.keep_tag().filter(|_| policy.keep) else {
            return Ok(());
        };
        for image in release.content.pinned().into_values() {
            match self.registries.write_tag(&image, &tag, None).await? {
                TagWrite::Unchanged | TagWrite::Written => {}
                TagWrite::Moved { found } | TagWrite::Lost { found } => {
                    return Err(Refusal::WriteOnce {
                        tag: format!("{}:{tag}", image.repository),
                        found: found.unwrap_or(Digest::of(b"")),
                        wanted: image.digest,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }
}

/// What to say where a reference's tag is not at its digest any more.
pub(crate) fn moved(reference: &Reference, resolved: &Resolved) -> Option<String> {
    let digest = resolved.image.digest;
    let at = resolved.tag_digest.filter(|at| *at != digest)?;
    let tag = reference.tag.as_ref()?;
    Some(format!(
        "{}:{tag} is at {at} by now; {digest}, as written, counts",
        reference.repository
    ))
}
