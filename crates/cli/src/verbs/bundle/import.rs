//! `liftlock bundle import`

mod looked;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use liftlock_air_gap::{Delivery, Document, Opened, Verified, deliver};
use liftlock_core::release::{Imported, ReleaseImage, keep_tag};
use liftlock_core::{Command, ImageKey, Policy};
use liftlock_engine::{Intake, IntakeRequest};
use liftlock_oci::{Digest, Reference, Repository};
use liftlock_registry::Copied;
use liftlock_verbs::release::Create;
use liftlock_verbs::{
    Access, Done, Failure, Request, Session, adopted, asked,
    show::{bytes, count},
};
use serde_json::json;

use super::failure::archive_failure;
use super::trust::Keys;
use super::{account, keep};
use crate::context::Context;
use crate::output::{Doing, transfer};
use crate::verbs::image::{copy_failure, repository};
use looked::Looked;

/// Bring a release in from an archive: checked whole, then copied, then recorded
///
/// Nothing is used before everything is checked: every byte, that nothing else is in it, the
/// ledger's proofs with the log's key that is given, what is signed with the keys that are given
/// (else with those of the policy), and that all of these speak of the same digests. A key in the
/// archive is never used. Then the images go to this pipeline's repositories with all that refers
/// to them, where gates read it, and the release is recorded with where it came from.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock bundle import shop-1.4.2.tar --log-key log-key.txt -n
  liftlock bundle import shop-1.4.2.tar --log-key log-key.txt --key production.pub
  liftlock bundle import shop-1.4.2.tar --log-key log-key.txt --checkpoint other-site.checkpoint

With --checkpoint the other site's log must continue what the file holds, which is then replaced;
the first import makes the file. Give it to the other site for its export --from.
The same archive again changes nothing.

Exit code: 0 done; 3 not allowed, another release of this name, nothing by a key given, or it does
not follow the checkpoint; 5 it was changed, contradicts itself, or its ledger is a fork.")]
pub(crate) struct Arguments {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// The other site's log key as `liftlock log key` prints it, or the file it is in
    #[arg(long, value_name = "KEY")]
    log_key: String,
    /// The last checkpoint of that log that is known here, kept in this file
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Check everything, change nothing, and show what would be brought
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    // Nothing is written, a new state neither, before the archive is known to be good.
    let server = context.server()?;
    let looked = match &server {
        Some(server) => Looked::of_server(server, context).await?,
        None => Looked::AtHand(Box::new(context.open(Access::DryRun).await?)),
    };
    let policy = adopted(looked.state())?;
    let known = arguments.checkpoint.as_deref();
    let known = known.filter(|path| path.symlink_metadata().is_ok());
    let trust = arguments
        .keys
        .trust(Some(policy), Some(&arguments.log_key), known)?;
    let opened = Opened::open(&arguments.archive).map_err(archive_failure)?;
    let document = opened.document();
    let places = places(document, policy)?;
    let report = transfer(context.ui, Doing::Verify);
    let verified = opened
        .verify(&trust, &report)
        .await
        .map_err(archive_failure)?;
    drop(report);
    let archive = opened.file_digest(|_| {}).map_err(archive_failure)?;
    let imported = imported(document, &verified, archive);
    let command = command(document, &places, &imported);
    let is_new = looked.would_be_new(&command).await?;
    let mut outcome = Outcome {
        arguments,
        is_new,
        archive,
        copied: BTreeMap::new(),
    };
    if arguments.dry_run {
        return Ok(outcome.done(document, &verified));
    }
    let deliveries = deliveries(document, policy, &places, context)?;
    let report = transfer(context.ui, Doing::Copy);
    let copied = deliver(&verified, &deliveries, &report).await;
    drop(report);
    outcome.copied = copied.map_err(copy_failure)?;
    for (key, copied) in &outcome.copied {
        for tag in copied.destinations.iter().flat_map(|to| &to.kept) {
            context.ui.warn(&format!(
                "{key}: {tag} has other signatures here, and was left alone"
            ));
        }
    }
    drop(looked);
    if server.is_some() {
        let create = create(document, &places, imported);
        // It warns itself.
        context.carry_out(Request::ReleaseCreate(create)).await?;
    } else {
        let session = context.open(Access::Write).await?;
        let intake = record(&session, document, &places, imported).await?;
        for notice in &intake.notices {
            context.ui.warn(notice);
        }
    }
    if let Some(path) = &arguments.checkpoint {
        keep::keep(path, &verified.ledger.checkpoint)?;
    }
    Ok(outcome.done(document, &verified))
}

/// An image of this pipeline, and which of the archive's it is.
struct Place {
    here: ImageKey,
    there: ImageKey,
    repository: Repository,
    image: ReleaseImage,
}

/// Where each image goes: to this pipeline's repository of the same key. Where both have one image
/// only, it is that.
fn places(document: &Document, policy: &Policy) -> Result<Vec<Place>, Failure> {
    let (there, here) = (&document.images, &policy.images);
    let only_one = there.len() == 1 && here.len() == 1;
    if !only_one && !there.keys().eq(here.keys()) {
        let names = |keys: Vec<&ImageKey>| {
            let names: Vec<_> = keys.into_iter().map(ImageKey::as_str).collect();
            names.join(", ")
        };
        return Err(Failure::usage(format!(
            "the archive has the images {}, and this pipeline {}; name them alike in the pipeline file",
            names(there.keys().collect()),
            names(here.keys().collect())
        )));
    }
    let pairs = there.iter().zip(here.iter());
    let place = pairs.map(|((there, image), (here, repository))| Place {
        here: here.clone(),
        there: there.clone(),
        repository: repository.clone(),
        image: ReleaseImage {
            repository: repository.clone(),
            image: image.image.clone(),
        },
    });
    Ok(place.collect())
}

fn imported(document: &Document, verified: &Verified<'_>, archive: Digest) -> Imported {
    let checkpoint = verified.ledger.checkpoint.checkpoint();
    Imported {
        pipeline: document.pipeline.clone(),
        archive,
        origin: checkpoint.origin().to_owned(),
        size: checkpoint.size(),
        root: checkpoint.root().base64(),
    }
}

fn command(document: &Document, places: &[Place], imported: &Imported) -> Command {
    let images = places.iter();
    Command::ImportRelease {
        name: document.release.clone(),
        images: images
            .map(|place| (place.here.clone(), place.image.clone()))
            .collect(),
        about: document.about.clone(),
        imported: Box::new(imported.clone()),
    }
}

fn deliveries(
    document: &Document,
    policy: &Policy,
    places: &[Place],
    context: &Context,
) -> Result<Vec<Delivery>, Failure> {
    let registries = context.registries();
    let keep = keep_tag(&document.release).filter(|_| policy.keep);
    let each = places.iter().map(|place| {
        Ok(Delivery {
            key: place.there.clone(),
            to: repository(&place.repository, &registries)?,
            keep: keep.clone(),
        })
    });
    each.collect()
}

/// Each image in this pipeline's repositories, by its digest.
fn references(places: &[Place]) -> impl Iterator<Item = (ImageKey, Reference)> {
    places.iter().map(|place| {
        let reference = Reference {
            repository: place.repository.clone(),
            tag: None,
            digest: Some(place.image.image.digest),
        };
        (place.here.clone(), reference)
    })
}

/// What a server is asked to record, of what the registry has by now.
fn create(document: &Document, places: &[Place], imported: Imported) -> Create {
    let images = references(places).collect();
    Create::imported(
        document.release.clone(),
        images,
        document.about.clone(),
        imported,
    )
}

/// The release, of what the registry here has by now.
async fn record(
    session: &Session,
    document: &Document,
    places: &[Place],
    imported: Imported,
) -> Result<Intake, Failure> {
    let images = references(places).map(|(key, reference)| (Some(key), reference));
    let request = IntakeRequest {
        name: document.release.clone(),
        images: images.collect(),
        about: document.about.clone(),
        imported: Some(Box::new(imported)),
        dry_run: false,
    };
    Ok(asked::create_release(&session.app, request).await?)
}

struct Outcome<'a> {
    arguments: &'a Arguments,
    is_new: bool,
    archive: Digest,
    copied: BTreeMap<ImageKey, Copied>,
}

impl Outcome<'_> {
    fn done(&self, document: &Document, verified: &Verified<'_>) -> Done {
        let dry_run = self.arguments.dry_run;
        let mut lines = account::text(document, verified);
        lines.push(format!("the file: {}", self.archive));
        for (key, copied) in &self.copied {
            for to in &copied.destinations {
                lines.push(match to.is_unchanged() {
                    true => format!("{key} is in {} already", to.place),
                    false => format!(
                        "{key} is in {}: {} and {} ({}) written",
                        to.place,
                        count(to.manifests, "manifest"),
                        count(to.uploaded, "blob"),
                        bytes(to.bytes)
                    ),
                });
            }
        }
        let release = &document.release;
        lines.push(match (self.is_new, dry_run) {
            (true, true) => format!("would be brought in as the release {release}"),
            (true, false) => format!("release {release} created; promote it as any other"),
            (false, _) => format!("release {release} exists with these digests already"),
        });
        let mut json = account::json(document, verified);
        json["archive"] = json!(self.archive);
        json["created"] = json!(self.is_new);
        json["dry_run"] = json!(dry_run);
        Done::new(lines.join("\n"), json)
    }
}
