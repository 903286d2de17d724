//! Intake: references become digests, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_core::decide::{image_key, name_after};
use liftlock_core::release::{About, ReleaseImage};
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

/// How a user names a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// By its name.
    Name(ReleaseName),
    /// By an image that it pins.
    Reference(Reference),
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

    async fn intake(
        &self,
        request: IntakeRequest,
        images: BTreeMap<ImageKey, ReleaseImage>,
        notices: Vec<String>,
    ) -> Result<Intake, EngineError> {
        let IntakeRequest {
            name,
            about,
            dry_run,
            ..
        } = request;
        let command = Command::CreateRelease {
            name: name.clone(),
            images: images.clone(),
            about,
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
        let pins = state.releases.values().filter(|release| {
            release
                .content
                .images
                .get(&key)
                .is_some_and(|image| image.image.digest == digest)
        });
        if let Some(release) = pins.max_by_key(|release| release.number) {
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
                dry_run,
            },
            images,
            notices,
        )
        .await
    }
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

fn moved(reference: &Reference, resolved: &Resolved) -> Option<String> {
    let digest = resolved.image.digest;
    let at = resolved.tag_digest.filter(|at| *at != digest)?;
    let tag = reference.tag.as_ref()?;
    Some(format!(
        "{}:{tag} is at {at} by now; {digest}, as written, counts",
        reference.repository
    ))
}
