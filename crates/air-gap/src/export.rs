//! Writing an archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_core::ImageKey;
use liftlock_ledger::{Continuation, ProofFile};
use liftlock_oci::{Digest, ManifestError, Tag, TagError};
use liftlock_registry::{
    Choice, CopyError, CopyReport, CopyRequest, Destination, Layout, LayoutError, Named, Place,
    copy, pack,
};

use crate::gathered::{add_artifacts, prune, remove_artifacts};
use crate::{CONTINUED_MAX, Document, ENTRIES_MAX, PROOFS_BYTES_MAX, artifact};

/// What is written into an archive.
#[derive(Debug, Clone)]
pub struct Export {
    /// The release.
    pub document: Document,
    /// Each image with the places that have it. What is beside it in each is taken along.
    pub images: Vec<Image>,
    /// What the ledger says, all against one checkpoint.
    pub entries: Vec<ProofFile>,
    /// How the ledger continues checkpoints that the other side may know.
    pub continued: Vec<Continuation>,
}

/// An image that is taken along.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its key, which is its tag in the archive.
    pub key: ImageKey,
    /// Its digest.
    pub digest: Digest,
    /// Where it is. One that does not have it any more is passed over.
    pub places: Vec<Place>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// Places that did not have an image any more, with its key.
    pub passed_over: Vec<(ImageKey, String)>,
    /// Tags of cosign's of which places had different signatures: those of the first were taken.
    pub left: Vec<String>,
}

/// Why no archive was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// An image cannot be read.
    #[error("the image {key}: {source}")]
    Image {
        /// Which.
        key: ImageKey,
        /// Why.
        #[source]
        source: Box<CopyError>,
    },
    /// No place has an image.
    #[error("the image {key} ({digest}) is in none of its places any more: {places}")]
    Gone {
        /// Which.
        key: ImageKey,
        /// Its digest.
        digest: Digest,
        /// Where it was looked for.
        places: String,
    },
    /// More entries than an archive holds.
    #[error(
        "the ledger has {found} entries about it, and an archive holds {ENTRIES_MAX} and {CONTINUED_MAX} checkpoints"
    )]
    TooMany {
        /// How many.
        found: usize,
    },
    /// More bytes of proofs than an archive holds.
    #[error(
        "the proofs of what the ledger has about it have {bytes} bytes, and an archive holds {PROOFS_BYTES_MAX}"
    )]
    TooLarge {
        /// How many.
        bytes: u64,
    },
    /// The folder or the archive cannot be written.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The artifact is too large.
    #[error("the artifact with the proofs: {0}")]
    Manifest(#[from] ManifestError),
    /// A key is no tag, which the grammar of keys excludes.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The work was broken off.
    #[error("packing was broken off: {0}")]
    BrokenOff(String),
}

impl ExportError {
    pub(crate) fn tag(error: TagError) -> Self {
        Self::Tag(error)
    }
}

/// Writes an archive to `target`, as a whole: it is gathered in a folder beside it, packed beside
/// it, and renamed. The same export, run again after it was broken off, goes on with what was
/// gathered. Memory does not grow with the images.
///
/// # Errors
/// [`ExportError`]; what is at `target` is then as it was.
pub async fn export(
    request: &Export,
    target: &Path,
    report: &CopyReport,
) -> Result<Exported, ExportError> {
    let found = request.entries.len();
    if found > ENTRIES_MAX || request.continued.len() > CONTINUED_MAX {
        return Err(ExportError::TooMany { found });
    }
    let document = &request.document;
    let folder = gathered_in(target, document);
    let layout = Arc::new(Layout::create(&folder)?);
    let place = Place::Layout {
        layout: Arc::clone(&layout),
        path: folder.clone(),
    };
    remove_artifacts(&layout)?;
    let mut exported = Exported::default();
    for image in &request.images {
        gather(image, &place, report, &mut exported).await?;
    }
    let layers = artifact::layers(document, &request.entries, &request.continued);
    let bytes = layers.iter().map(|(layer, _)| layer.size).sum::<u64>();
    if bytes > PROOFS_BYTES_MAX {
        return Err(ExportError::TooLarge { bytes });
    }
    add_artifacts(&layout, document, layers)?;
    prune(&layout, &place, document).await?;
    let target = target.to_owned();
    let packed = tokio::task::spawn_blocking(move || {
        pack(&layout, &target)?;
        // What is left of it takes room, and does no harm.
        let _ = fs::remove_dir_all(&folder);
        Ok(())
    });
    let packed: Result<(), LayoutError> = packed
        .await
        .map_err(|error| ExportError::BrokenOff(error.to_string()))?;
    packed?;
    Ok(exported)
}

/// Its name says what is gathered in it, so that another export does not go on with it.
fn gathered_in(target: &Path, document: &Document) -> PathBuf {
    let what = Digest::of(&document.to_bytes());
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".partial-{}", what.short()));
    PathBuf::from(name)
}

/// Copies an image from each place that has it: the bytes once, what is beside it from all.
async fn gather(
    image: &Image,
    to: &Place,
    report: &CopyReport,
    exported: &mut Exported,
) -> Result<(), ExportError> {
    let tag: Tag = image.key.as_str().parse()?;
    let mut found = false;
    for from in &image.places {
        let request = CopyRequest {
            from: from.clone(),
            image: Named::Digest(image.digest),
            to: vec![Destination {
                place: to.clone(),
                tags: vec![tag.clone()],
                once: false,
            }],
            choice: Choice::default(),
            again: false,
        };
        match copy(&request, report).await {
            Ok(copied) => {
                found = true;
                let kept = copied.destinations.into_iter().flat_map(|to| to.kept);
                exported.left.extend(kept);
            }
            Err(CopyError::Source { source, .. }) if source.is_absent() => {
                let place = (image.key.clone(), from.to_string());
                exported.passed_over.push(place);
            }
            Err(source) => {
                return Err(ExportError::Image {
                    key: image.key.clone(),
                    source: Box::new(source),
                });
            }
        }
    }
    if found {
        return Ok(());
    }
    let places = image.places.iter().map(ToString::to_string);
    Err(ExportError::Gone {
        key: image.key.clone(),
        digest: image.digest,
        places: places.collect::<Vec<_>>().join(", "),
    })
}
