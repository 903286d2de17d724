//! A Git repository as the deployer: the release's digests are committed to files of a branch, and
//! whatever watches that branch applies them.
//!
//! There is never a working tree: files are read out of a fetched commit and written into the next
//! one, so that no link, filter or hook of the repository is followed.

mod git;
mod message;
mod places;
mod remote_file;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use liftlock_core::policy::{Gitops, GitopsPlace};
use liftlock_core::{ImageKey, Span};
use liftlock_engine::ports::{Delivered, DeliveryContext, DeliveryError, OUTPUT_BYTES_MAX};
use liftlock_oci::{Digest, PinnedRef};

use self::git::{Branch, Commit, Git};
pub use self::remote_file::{Held, RemoteFile};
use crate::local::LocalDelivery;
use crate::output::Bounded;
use crate::session::Session;

/// How often a push is tried that someone else was faster than.
const RACES_MAX: u32 = 100;
/// How often it is tried where nobody was faster: a server may refuse while it is busy.
const REFUSALS_MAX: u32 = 2;
/// How long is waited after a push that was refused though nobody was faster; after a lost race
/// every moment is one in which the next may be lost.
const PAUSE: Duration = Duration::from_millis(500);
/// How long looking may take in all.
const LOOK_WITHIN: Span = Span::from_secs(120);

/// A place, and the image that it names.
type Placed<'a> = (&'a GitopsPlace, &'a PinnedRef);

/// Writes the release's digests into the branch with one commit; with none where it has them.
///
/// A push that lost a race is made again upon what won it, and a deployment that is run again
/// finds what it did before, so that no content is committed twice.
///
/// # Errors
/// Those of git, and [`DeliveryError::Answer`] for a file or place that is not as declared.
pub(crate) async fn deploy(
    local: &LocalDelivery,
    context: &DeliveryContext,
    declared: &Gitops,
) -> Result<Delivered, DeliveryError> {
    let session = Session::new(local, context, declared.within)?;
    let git = Git::open(session, branch(declared)).await?;
    let files = files(declared, context)?;
    let mut output = Bounded::new(OUTPUT_BYTES_MAX);
    let mut head = git.fetch().await?;
    let (mut races, mut refusals) = (0, 0);
    loop {
        let changed = changes(&git, &head, &files).await?;
        if changed.is_empty() {
            let summary = format!("{} names its digests already, at {head}", declared.branch);
            output.push(summary.as_bytes());
            return Ok(delivered(summary, output));
        }
        let message = message::message(context, declared);
        let commit = git.commit(Some(&head), &changed, &message).await?;
        let Err(refused) = git.push(&commit).await else {
            let summary = format!("committed {commit} to {}", declared.branch);
            output
                .push(format!("{summary}\n\n{}", git.difference(&head, &commit).await?).as_bytes());
            return Ok(delivered(summary, output));
        };
        if matches!(refused, DeliveryError::Timeout { .. }) {
            return Err(refused);
        }
        let now = git.fetch().await?;
        if now == head {
            refusals += 1;
            tokio::time::sleep(PAUSE).await;
        } else {
            races += 1;
            let line = format!("a push was refused; {} is at {now} now\n", declared.branch);
            output.push(line.as_bytes());
        }
        if refusals >= REFUSALS_MAX || races >= RACES_MAX {
            return Err(refused);
        }
        head = now;
    }
}

/// The digests that the branch names: none for an image that a place of its own names without one.
///
/// # Errors
/// As [`deploy`].
pub(crate) async fn running(
    local: &LocalDelivery,
    context: &DeliveryContext,
    declared: &Gitops,
) -> Result<BTreeMap<ImageKey, BTreeSet<Digest>>, DeliveryError> {
    let session = Session::look(local, context, LOOK_WITHIN)?;
    let git = Git::open(session, branch(declared)).await?;
    let head = git.fetch().await?;
    let mut texts = BTreeMap::new();
    for file in files(declared, context)?.into_keys() {
        let text = git.read(&head, &file).await?.text;
        texts.insert(file, text);
    }
    let mut named = BTreeMap::new();
    for (key, places) in &declared.images {
        let Some(image) = context.images.get(key) else {
            continue;
        };
        let mut digests = BTreeSet::new();
        let mut bare = false;
        for place in places {
            let file = path(declared, place);
            let text = texts.get(&file).map_or("", String::as_str);
            match places::digest(text, (place, image)).map_err(|e| unfit(&file, &e))? {
                Some(digest) => drop(digests.insert(digest)),
                None => bare = true,
            }
        }
        if bare {
            digests.clear();
        }
        named.insert(key.clone(), digests);
    }
    Ok(named)
}

fn branch(declared: &Gitops) -> Branch<'_> {
    Branch {
        repository: &declared.repository,
        name: &declared.branch,
    }
}

/// What stands in which file.
fn files<'a>(
    declared: &'a Gitops,
    context: &'a DeliveryContext,
) -> Result<BTreeMap<String, Vec<Placed<'a>>>, DeliveryError> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (key, places) in &declared.images {
        let Some(image) = context.images.get(key) else {
            let release = &context.release;
            let message = format!("release {release} has no image {key}");
            return Err(unfit(&declared.repository, &message));
        };
        for place in places {
            let file = path(declared, place);
            files.entry(file).or_default().push((place, image));
        }
    }
    Ok(files)
}

/// A place's file, from the repository's root.
fn path(declared: &Gitops, place: &GitopsPlace) -> String {
    let folder = declared.path.iter().flat_map(|path| path.split('/'));
    let parts = folder.chain(place.file().split('/'));
    let parts: Vec<&str> = parts.filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

/// The files that have to be changed, with what shall be in them.
async fn changes(
    git: &Git<'_>,
    head: &Commit,
    files: &BTreeMap<String, Vec<Placed<'_>>>,
) -> Result<Vec<git::Change>, DeliveryError> {
    let mut changes = Vec::new();
    for (path, places) in files {
        let file = git.read(head, path).await?;
        let text = places::edit(&file.text, places).map_err(|e| unfit(path, &e))?;
        if text != file.text {
            changes.push(git::Change {
                path: path.clone(),
                mode: file.mode,
                text,
            });
        }
    }
    Ok(changes)
}

fn delivered(summary: String, output: Bounded) -> Delivered {
    Delivered {
        output: output.finish(),
        summary: Some(summary),
    }
}

fn unfit(file: &str, why: &impl ToString) -> DeliveryError {
    DeliveryError::Answer {
        what: format!("{file} in the repository"),
        message: why.to_string(),
    }
}
