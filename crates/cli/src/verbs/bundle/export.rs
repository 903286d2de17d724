//! `liftlock bundle export`

mod recorded;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_air_gap::{Export, Image, export};
use liftlock_core::{Policy, Release, ReleaseName, State};
use liftlock_registry::{Archive, HttpRegistries, LayoutError};
use liftlock_verbs::{
    Done, Failure,
    show::{bytes, count},
};
use serde_json::json;

use super::failure::export_failure;
use crate::context::Context;
use crate::output::{Doing, transfer};
use crate::verbs::image::{layout_failure, repository};
use crate::verbs::log::read_checkpoint;
use recorded::Recorded;

/// Write a release into one archive: its images with all that refers to them, and what the ledger
/// says about it
///
/// What is beside the images where they were built and in every environment is taken along. The
/// archive is gathered in a folder FILE.partial-... beside it, and the same export, run again after
/// an interruption, carries on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock bundle export 1.4.2 shop-1.4.2.tar
  liftlock bundle export 1.4.2 shop-1.4.2.tar --from checkpoint-of-the-other-site.txt

The other site checks it with keys that it has already: `liftlock log key`, `liftlock key show`.
Stock tools read the images: skopeo inspect oci-archive:shop-1.4.2.tar:KEY, where KEY is the
image's in the pipeline file (app where it has only one).")]
pub(crate) struct Arguments {
    /// The release
    release: ReleaseName,
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// A checkpoint of this log that the other site knows, to show that the log continues it; may
    /// be repeated
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    again: bool,
    /// Change nothing, and show what would be written
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let file = &arguments.archive;
    if file.symlink_metadata().is_ok() && !arguments.again {
        let message = format!("{} is there already", file.display());
        return Err(Failure::usage(message).hint("name another file, or replace it with --again"));
    }
    let mut earlier = Vec::new();
    for path in &arguments.from {
        earlier.push(read_checkpoint(path)?.checkpoint().clone());
    }
    let recorded = match context.server()? {
        Some(server) => Recorded::of_server(&server, arguments, &earlier, context).await?,
        None => Recorded::at_hand(arguments, &earlier, context).await?,
    };
    warn_withdrawn(context, &recorded.state, &arguments.release);
    let request = recorded.request(arguments, context)?;
    let (entries, name) = (request.entries.len(), &arguments.release);
    let images = request.images.len();
    if arguments.dry_run {
        let text = format!(
            "would write {name} to {}: {} and {entries} entries of the ledger",
            file.display(),
            count(images, "image")
        );
        let json = json!({
            "release": name,
            "file": file,
            "images": request.document.images,
            "entries": entries,
            "dry_run": true,
        });
        return Ok(Done::new(text, json));
    }
    let report = transfer(context.ui, Doing::Copy);
    let exported = export(&request, file, &report)
        .await
        .map_err(export_failure)?;
    drop(report);
    for (key, place) in &exported.passed_over {
        context.ui.note(&format!(
            "{place} does not have {key} any more, and was passed over"
        ));
    }
    for tag in &exported.left {
        context.ui.warn(&format!(
            "places have different signatures under {tag}; those of the first are in the archive"
        ));
    }
    done(arguments, &request)
}

fn done(arguments: &Arguments, request: &Export) -> Result<Done, Failure> {
    let file = &arguments.archive;
    let (archive, size) = written(file).map_err(layout_failure)?;
    let mut lines = vec![format!(
        "wrote {} to {} ({})",
        arguments.release,
        file.display(),
        bytes(size)
    )];
    for (key, image) in &request.document.images {
        lines.push(format!(
            "  {key} {}@{}",
            image.repository, image.image.digest
        ));
    }
    let checkpoint = request
        .entries
        .first()
        .map(|proof| proof.checkpoint().checkpoint());
    if let Some(checkpoint) = checkpoint {
        lines.push(format!(
            "  {} entries of the ledger {}, proven as of {}",
            request.entries.len(),
            checkpoint.origin(),
            checkpoint.size()
        ));
    }
    lines.push(format!("the file: {archive}"));
    let json = json!({
        "release": arguments.release,
        "file": file,
        "archive": archive,
        "bytes": size,
        "images": request.document.images,
        "entries": request.entries.len(),
        "checkpoint": checkpoint.map(|checkpoint| json!({
            "origin": checkpoint.origin(),
            "size": checkpoint.size(),
            "root": checkpoint.root().to_string(),
        })),
    });
    Ok(Done::new(lines.join("\n"), json))
}

/// The digest and the size in bytes of what was written.
fn written(file: &Path) -> Result<(liftlock_oci::Digest, u64), LayoutError> {
    let mut size = 0;
    let digest = Archive::open(file)?.file_digest(|read| size += read)?;
    Ok((digest, size))
}

/// Each image, where it was built and wherever an environment has it.
fn images(
    release: &Release,
    policy: &Policy,
    registries: &HttpRegistries,
) -> Result<Vec<Image>, Failure> {
    let mut images = Vec::new();
    for (key, image) in release.content.pinned() {
        let mut repositories = vec![image.repository.clone()];
        let mut known = BTreeSet::from([image.repository.clone()]);
        for environment in policy.environments.iter() {
            let there = release.content.pinned_in(environment).unwrap_or_default();
            for place in there.get(&key).into_iter().flatten() {
                if known.insert(place.repository.clone()) {
                    repositories.push(place.repository.clone());
                }
            }
        }
        let places = repositories.iter().map(|at| repository(at, registries));
        images.push(Image {
            places: places.collect::<Result<_, _>>()?,
            digest: image.digest,
            key,
        });
    }
    Ok(images)
}

/// Said, and no reason to stop: the other side reads it in the ledger, too.
fn warn_withdrawn(context: &Context, state: &State, release: &ReleaseName) {
    for (name, environment) in &state.environments {
        if let Some(withdrawn) = environment.withdrawn.get(release) {
            let reason = &withdrawn.reason;
            context
                .ui
                .warn(&format!("{release} was withdrawn in {name}: {reason}"));
        }
    }
}
