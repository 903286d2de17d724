//! One image and its tags.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Digest, Repository, Tag};
use liftlock_registry::{Client, HttpRegistries, ImageName, Layout, Name, Place};
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::{Value, json};

use crate::verbs::image::failure::{layout_failure, place_failure, registry_failure};
use crate::verbs::image::place::Source;

/// How many tags are looked at at once.
const LOOKS_AT_ONCE: usize = 8;

/// Where a tag must point before; `None`: nowhere.
pub(super) type Expected = Option<Digest>;

/// How tags are written.
#[derive(Debug, Default)]
pub(super) struct How {
    /// What all of them must point at, where anything.
    pub(super) expected: Option<Expected>,
    /// Only look.
    pub(super) dry_run: bool,
}

/// An image, and what became of its tags.
#[derive(Debug)]
pub(super) struct Tagged {
    /// The repository or layout.
    pub(super) place: String,
    pub(super) digest: Digest,
    pub(super) tags: Vec<(Tag, Became)>,
}

/// What became of a tag.
#[derive(Debug, Clone)]
pub(super) enum Became {
    /// It points at the image, and did not before or was not looked at.
    Written,
    /// It pointed at the image before.
    Unchanged,
    /// It would be written; this is where it points now.
    Planned(Option<Digest>),
    /// It points somewhere else than was expected, and was left alone.
    Elsewhere(Option<Digest>),
    /// It was written, and points somewhere else by now: someone else wrote it, too.
    Lost(Option<Digest>),
    /// It could not be written, or read back.
    Failed(Failure),
}

/// Tags images, with one client a registry.
pub(super) struct Tagging {
    registries: HttpRegistries,
}

impl Tagging {
    pub(super) fn new(registries: HttpRegistries) -> Self {
        Self { registries }
    }

    pub(super) async fn tag(
        &self,
        image: &ImageName,
        tags: &[Tag],
        how: &How,
    ) -> Result<Tagged, Failure> {
        let source = Source::open(image, &self.registries)?;
        match &source.place {
            Place::Repository { client, repository } => {
                in_registry(client, repository, &source, tags, how).await
            }
            Place::Layout { layout, .. } => in_layout(layout, &source, tags, how).await,
            Place::Archive { .. } => Err(Failure::usage(format!(
                "{source} is in a tar file, which is only written as a whole"
            ))
            .hint(
                "`liftlock image copy` brings it into a folder, or another file, with other tags",
            )),
        }
    }
}

async fn in_registry(
    client: &Client,
    repository: &Repository,
    source: &Source,
    tags: &[Tag],
    how: &How,
) -> Result<Tagged, Failure> {
    let place = repository.to_string();
    if how.expected.is_none() && !how.dry_run {
        let tagged = client.tag(repository, source.image.name(), tags).await;
        let tagged = tagged.map_err(registry_failure)?;
        let tags = tagged.tags.into_iter();
        return Ok(Tagged {
            place,
            digest: tagged.digest,
            tags: tags.map(|(tag, write)| (tag, ended(write))).collect(),
        });
    }
    let digest = digest(source).await?;
    let mut tagged = Tagged {
        place,
        digest,
        tags: look(&source.place, digest, tags, how).await?,
    };
    if how.dry_run || !tagged.is_as_expected() {
        return Ok(tagged);
    }
    let image = repository.pinned(digest);
    for (tag, became) in &mut tagged.tags {
        let expected = how.expected.flatten();
        *became = ended(client.write_tag(&image, tag, expected).await);
    }
    Ok(tagged)
}

fn ended(write: Result<TagWrite, RegistryError>) -> Became {
    write.map_or_else(|error| Became::Failed(registry_failure(error)), Into::into)
}

async fn in_layout(
    layout: &Layout,
    source: &Source,
    tags: &[Tag],
    how: &How,
) -> Result<Tagged, Failure> {
    let digest = digest(source).await?;
    let mut tagged = Tagged {
        place: source.place.to_string(),
        digest,
        tags: look(&source.place, digest, tags, how).await?,
    };
    if how.dry_run || !tagged.is_as_expected() {
        return Ok(tagged);
    }
    let manifest = source.place.manifest(source.image.name()).await;
    let manifest = manifest.map_err(place_failure)?;
    for (tag, became) in &mut tagged.tags {
        if matches!(became, Became::Planned(_)) {
            *became = match layout.put_manifest(&manifest, Some(tag)) {
                Ok(()) => Became::Written,
                Err(error) => Became::Failed(layout_failure(error)),
            };
        }
    }
    Ok(tagged)
}

async fn digest(source: &Source) -> Result<Digest, Failure> {
    let found = source.place.manifest_digest(source.image.name()).await;
    let found = found.map_err(place_failure)?;
    found.ok_or_else(|| Failure::failed("not-found", format!("{source} is not there")))
}

/// Where the tags point, and so what would become of them.
async fn look(
    place: &Place,
    digest: Digest,
    tags: &[Tag],
    how: &How,
) -> Result<Vec<(Tag, Became)>, Failure> {
    let looks: Vec<_> = tags
        .iter()
        .map(|tag| async move {
            let now = place.manifest_digest(Name::Tag(tag)).await?;
            let became = match (now, how.expected) {
                (Some(now), _) if now == digest => Became::Unchanged,
                (now, Some(expected)) if now != expected => Became::Elsewhere(now),
                (now, _) => Became::Planned(now),
            };
            Ok((tag.clone(), became))
        })
        .collect();
    let looks = stream::iter(looks).buffered(LOOKS_AT_ONCE);
    looks.try_collect().await.map_err(place_failure)
}

impl From<TagWrite> for Became {
    fn from(write: TagWrite) -> Self {
        match write {
            TagWrite::Unchanged => Self::Unchanged,
            TagWrite::Written => Self::Written,
            TagWrite::Moved { found } => Self::Elsewhere(found),
            TagWrite::Lost { found } => Self::Lost(found),
        }
    }
}

impl Tagged {
    /// What became of some of the tags.
    pub(super) fn of(&self, tags: &[Tag]) -> Self {
        let some = self.tags.iter().filter(|(tag, _)| tags.contains(tag));
        Self {
            place: self.place.clone(),
            digest: self.digest,
            tags: some.cloned().collect(),
        }
    }

    fn is_as_expected(&self) -> bool {
        let elsewhere = |(_, became): &(Tag, Became)| matches!(became, Became::Elsewhere(_));
        !self.tags.iter().any(elsewhere)
    }

    /// Why it is not done, where a tag could not be written or points somewhere else, and then
    /// which are.
    pub(super) fn refused(&self) -> Option<Failure> {
        let mut lines = Vec::new();
        let mut first = None;
        for (tag, became) in &self.tags {
            let (found, what) = match became {
                Became::Elsewhere(found) => {
                    (found, "which is not what --expect says; it was left alone")
                }
                Became::Lost(found) => (
                    found,
                    "though it was just written: someone else moved it; look who",
                ),
                Became::Failed(failure) => {
                    first.get_or_insert(failure);
                    lines.push(format!("{tag}: {}", failure.message));
                    continue;
                }
                Became::Written | Became::Unchanged | Became::Planned(_) => continue,
            };
            let found = found.map_or_else(|| "nothing".to_owned(), |f| f.to_string());
            lines.push(format!("{}:{tag} points at {found}, {what}", self.place));
        }
        if lines.is_empty() {
            return None;
        }
        if first.is_some() && lines.len() < self.tags.len() {
            lines.push(format!("tagged nevertheless: {}", self.written().join(" ")));
        }
        let mut failure = match first {
            // Alone it says all itself.
            Some(only) if self.tags.len() == 1 => only.clone(),
            Some(first) => {
                let mut failure = Failure::new(Exit::Failed, "tag", lines.join("\n"));
                failure.hint.clone_from(&first.hint);
                failure
            }
            None => Failure::new(Exit::Refused, "moved", lines.join("\n")),
        };
        failure.details = self.json();
        Some(failure)
    }

    /// The tags that point at the image now.
    fn written(&self) -> Vec<&str> {
        let written = |became: &Became| matches!(became, Became::Written | Became::Unchanged);
        let tags = self.tags.iter().filter(|(_, became)| written(became));
        tags.map(|(tag, _)| tag.as_str()).collect()
    }

    pub(super) fn done(&self) -> Done {
        let Self { place, digest, .. } = self;
        let lines = self.tags.iter().map(|(tag, became)| match became {
            Became::Unchanged => format!("{place}:{tag} is at {digest} already"),
            Became::Planned(None) => format!("would point {place}:{tag} at {digest}"),
            Became::Planned(Some(now)) => {
                format!("would point {place}:{tag} at {digest}, away from {now}")
            }
            Became::Written => format!("{place}:{tag} -> {digest}"),
            Became::Elsewhere(now) | Became::Lost(now) => match now {
                Some(now) => format!("{place}:{tag} is at {now}"),
                None => format!("{place}:{tag} is nowhere"),
            },
            Became::Failed(failure) => failure.message.clone(),
        });
        Done::new(lines.collect::<Vec<_>>().join("\n"), self.json())
    }

    pub(super) fn json(&self) -> Value {
        let tags = self.tags.iter().map(|(tag, became)| {
            let (result, now) = match became {
                Became::Written => return json!({ "tag": tag, "result": "written" }),
                Became::Unchanged => return json!({ "tag": tag, "result": "unchanged" }),
                Became::Planned(now) => ("planned", now),
                Became::Elsewhere(now) => ("elsewhere", now),
                Became::Lost(now) => ("lost", now),
                Became::Failed(failure) => {
                    let (code, message) = (&failure.code, &failure.message);
                    return json!({
                        "tag": tag, "result": "failed", "code": code, "message": message,
                    });
                }
            };
            json!({ "tag": tag, "result": result, "now": now })
        });
        json!({
            "place": self.place,
            "digest": self.digest,
            "tags": tags.collect::<Vec<_>>(),
        })
    }
}
