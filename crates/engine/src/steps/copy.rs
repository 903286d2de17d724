//! Bringing an image to an environment's own repositories.

use liftlock_core::decide::StepResult;
use liftlock_oci::{PinnedRef, Repository, Tag};

use crate::execute::{done, not_done};
use crate::ports::{
    CopiedTo, CopyFailed, CopyImage, CopyReport, Registries, RegistryError, TagWrite,
};

/// A copy step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copying<'a> {
    pub(super) image: &'a PinnedRef,
    pub(super) to: &'a [Repository],
    pub(super) tag: Option<&'a Tag>,
    pub(super) where_missing: bool,
}

pub(super) async fn run<R: Registries>(
    registries: &R,
    copying: Copying<'_>,
    report: CopyReport,
) -> StepResult {
    let result = if copying.where_missing {
        where_missing(registries, copying, report).await
    } else {
        copy(registries, copying, copying.image, copying.to, report).await
    };
    match result {
        Ok(summary) => done(summary),
        Err(failed) => not_done(failed.to_string()),
    }
}

async fn copy<R: Registries>(
    registries: &R,
    copying: Copying<'_>,
    from: &PinnedRef,
    to: &[Repository],
    report: CopyReport,
) -> Result<String, CopyFailed> {
    let request = CopyImage {
        image: from.clone(),
        to: to.to_vec(),
        keep: copying.tag.cloned(),
    };
    let copied = registries.copy(&request, report).await?;
    Ok(summary(&copied))
}

/// Copies to those repositories only that the image is not kept in. Where it cannot be read where
/// it comes from, another of the repositories that has it will do.
async fn where_missing<R: Registries>(
    registries: &R,
    copying: Copying<'_>,
    report: CopyReport,
) -> Result<String, CopyFailed> {
    let mut there = Vec::new();
    let mut missing = Vec::new();
    for place in copying.to {
        if is_kept(registries, copying, place).await? {
            there.push(place.clone());
        } else {
            missing.push(place.clone());
        }
    }
    if missing.is_empty() {
        return Ok(all_have_it(there.len()));
    }
    let first = copy(registries, copying, copying.image, &missing, report.clone()).await;
    let Err(failed @ CopyFailed::Source { .. }) = first else {
        return first;
    };
    let mut lacking = Vec::new();
    for place in missing {
        // Without the keep-tag a copy may lack what refers to the image, but not the image.
        if keep(registries, copying, &place).await? {
            there.push(place);
        } else {
            lacking.push(place);
        }
    }
    match there.first() {
        None => Err(failed),
        Some(_) if lacking.is_empty() => Ok(all_have_it(there.len())),
        Some(place) => {
            let from = place.pinned(copying.image.digest);
            let copied = copy(registries, copying, &from, &lacking, report).await?;
            Ok(format!("{copied}, from {place}"))
        }
    }
}

/// Whether a repository has the image completely: the keep-tag is written last.
async fn is_kept<R: Registries>(
    registries: &R,
    copying: Copying<'_>,
    place: &Repository,
) -> Result<bool, CopyFailed> {
    let image = place.pinned(copying.image.digest);
    let kept = match copying.tag {
        Some(tag) => {
            let found = registries.tag_digest(place, tag).await;
            found.map(|found| found == Some(image.digest))
        }
        None => registries.is_present(&image).await,
    };
    kept.map_err(|source| unusable(place, source))
}

/// Writes the keep-tag where the image is; `false` where it is not.
async fn keep<R: Registries>(
    registries: &R,
    copying: Copying<'_>,
    place: &Repository,
) -> Result<bool, CopyFailed> {
    let image = place.pinned(copying.image.digest);
    let failed = |source| unusable(place, source);
    if !registries.is_present(&image).await.map_err(failed)? {
        return Ok(false);
    }
    let Some(tag) = copying.tag else {
        return Ok(true);
    };
    match registries
        .write_tag(&image, tag, None)
        .await
        .map_err(failed)?
    {
        TagWrite::Unchanged | TagWrite::Written => Ok(true),
        TagWrite::Moved { found } | TagWrite::Lost { found } => Err(CopyFailed::Kept {
            repository: place.clone(),
            tag: tag.clone(),
            digest: image.digest,
            found,
        }),
    }
}

fn unusable(place: &Repository, source: RegistryError) -> CopyFailed {
    CopyFailed::Destinations {
        failed: vec![(place.to_string(), Box::new(source))],
    }
}

fn all_have_it(count: usize) -> String {
    match count {
        1 => "it is there already".to_owned(),
        2 => "it is in both repositories already".to_owned(),
        count => format!("it is in all {count} repositories already"),
    }
}

fn summary(copied: &[CopiedTo]) -> String {
    let sum = |count: fn(&CopiedTo) -> u64| copied.iter().map(count).sum::<u64>();
    let (written, mounted) = (sum(|c| c.written), sum(|c| c.mounted));
    let (there, manifests) = (sum(|c| c.there), sum(|c| c.manifests));
    let mut done = Vec::new();
    if written > 0 {
        done.push(format!(
            "copied {} ({})",
            count(written, "blob"),
            size(sum(|c| c.bytes))
        ));
    }
    if mounted > 0 {
        done.push(format!("mounted {}", count(mounted, "blob")));
    }
    if done.is_empty() && manifests > 0 {
        done.push(format!("wrote {}", count(manifests, "manifest")));
    }
    let mut summary = match copied.len() as u64 {
        _ if done.is_empty() => all_have_it(copied.len()),
        1 => format!("{} to 1 repository", done.join(", ")),
        places => format!("{} to {places} repositories", done.join(", ")),
    };
    if there > 0 && written + mounted > 0 {
        let were = if there == 1 { "was" } else { "were" };
        summary.push_str(&format!("; {there} {were} there"));
    }
    for left in copied.iter().flat_map(|copied| &copied.left) {
        summary.push_str(&format!("; left {left} as it is"));
    }
    summary
}

fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// Bytes in binary units.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let hundredths = u128::from(bytes % unit) * 100 / u128::from(unit);
            format!("{}.{hundredths:02} {name}", bytes / unit)
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests;
