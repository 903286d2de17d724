//! Steps in a few words.

use liftlock_oci::{PinnedRef, Repository, Tag};

use super::Step;
use crate::attestation::What;
use crate::policy::Deploy;

/// How many repositories a title lists.
const LISTED_MAX: usize = 3;

impl Step {
    /// What it is, in a few words.
    pub fn title(&self) -> String {
        match self {
            Self::Keep {
                image,
                tag: Some(tag),
            } => {
                format!(
                    "keep {}@{} as {tag}",
                    image.repository,
                    image.digest.short()
                )
            }
            Self::Keep { image, tag: None } => {
                format!("find {}@{}", image.repository, image.digest.short())
            }
            Self::Copy {
                image,
                to,
                tag,
                where_missing,
            } => copy(image, to, tag.as_ref(), *where_missing),
            Self::Deploy { deploy, .. } => format!("deploy by {}", deploy.kind()),
            Self::Observe { deploy, .. } => match deploy {
                Deploy::Gitops(_) => "read back what the branch says".to_owned(),
                _ => "read back what runs".to_owned(),
            },
            Self::Sign { what, key, .. } => match what {
                What::Admitted => format!("sign with {key} that it is admitted"),
                What::Verified => format!("sign with {key} that it is verified"),
            },
            Self::Check { name, .. } => format!("check {name}"),
            Self::Tag { image, tag, .. } => {
                format!("tag {}:{tag} -> {}", image.repository, image.digest.short())
            }
            Self::Restore {
                repository,
                tag,
                to: Some(to),
                ..
            } => {
                format!("put {repository}:{tag} back to {}", to.short())
            }
            Self::Restore {
                repository,
                tag,
                to: None,
                ..
            } => {
                format!("remove {repository}:{tag} again")
            }
        }
    }
}

fn copy(image: &PinnedRef, to: &[Repository], tag: Option<&Tag>, where_missing: bool) -> String {
    let (from, digest, to_listed) = (&image.repository, image.digest.short(), listed(to));
    let tag = tag.map(|tag| format!(" as {tag}")).unwrap_or_default();
    if !where_missing {
        return format!("copy {from}@{digest} to {to_listed}{tag}");
    }
    let or = match to.contains(from) {
        true => String::new(),
        false => format!(", or copy it from {from}"),
    };
    format!("see that {digest} is in {to_listed}{tag}{or}")
}

fn listed(repositories: &[Repository]) -> String {
    let more = repositories.len().saturating_sub(LISTED_MAX);
    let mut words: Vec<String> = repositories
        .iter()
        .take(LISTED_MAX)
        .map(Repository::to_string)
        .collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
