//! Every byte of an image against its digest.

use futures_util::{StreamExt as _, stream};
use liftlock_oci::{Descriptor, Digest};

use crate::copy::{Choice, CopyError, CopyEvent, CopyReport, Named, discover};
use crate::manifests::Name;
use crate::place::{Place, PlaceError};
use crate::upload::BlobWrite;

/// How many blobs are read at once.
const BLOBS_AT_ONCE: usize = 4;

/// What was read, and what is wrong with it.
#[derive(Debug)]
pub struct Verified {
    /// The image's digest; of one platform, its own.
    pub digest: Digest,
    /// How many manifests were read, with all that refers to the image.
    pub manifests: usize,
    /// How many of them are referrers or companions.
    pub referrers: usize,
    /// How many different blobs were read.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Foreign layers, which are named and never read.
    pub foreign: usize,
    /// Blobs that are missing or damaged, each with what is wrong.
    pub damaged: Vec<(Descriptor, PlaceError)>,
}

/// Reads the image, all that it lists and, where `choice` says so, all that refers to it, and
/// compares every byte with its digest. Needs no more memory for a larger image. A damaged
/// manifest is an error, since what it lists is not known; damaged blobs are listed.
pub async fn verify(
    place: &Place,
    image: &Named,
    choice: &Choice,
    report: &CopyReport,
) -> Result<Verified, CopyError> {
    let root = place.manifest(image.name()).await;
    let root = root.map_err(|source| CopyError::Source {
        what: place.named(image.name()),
        source,
    })?;
    let named = root.digest();
    let graph = discover(place, root, image.name(), choice).await?;
    // Of one platform it is that platform's own manifest.
    let digest = graph.root().map_or(named, |root| root.manifest.digest());
    let blobs: Vec<Descriptor> = graph.blobs().into_iter().map(|(blob, _)| blob).collect();
    let mut verified = Verified {
        digest,
        manifests: graph.nodes().len(),
        referrers: graph.nodes().iter().filter(|n| !n.is_image()).count(),
        blobs: blobs.len(),
        bytes: blobs.iter().map(|blob| blob.size).sum(),
        foreign: graph.nodes().iter().map(|n| n.parts.foreign.len()).sum(),
        damaged: Vec::new(),
    };
    report(&CopyEvent::Planned {
        blobs: verified.blobs,
        bytes: verified.bytes,
        moves: verified.blobs,
        manifests: verified.manifests,
        destinations: 0,
    });
    // Collected: a stream over a closure that borrows would ask too much of the compiler.
    let reads: Vec<_> = blobs
        .into_iter()
        .map(|blob| async move {
            let result = read_blob(place, &blob, report).await;
            (blob, result)
        })
        .collect();
    let mut reads = stream::iter(reads).buffer_unordered(BLOBS_AT_ONCE);
    while let Some((blob, result)) = reads.next().await {
        match result {
            Ok(()) => {}
            Err(error) if error.is_absent() || error.is_damage() => {
                verified.damaged.push((blob, error));
            }
            Err(source) => {
                let what = place.named(Name::Digest(blob.digest));
                return Err(CopyError::Source { what, source });
            }
        }
    }
    verified.damaged.sort_by_key(|(blob, _)| blob.digest);
    Ok(verified)
}

/// Reads a blob to its end, which compares its size and digest, and tells how far it is.
///
/// # Errors
/// [`PlaceError`] where it is not there, cannot be read, or is not what its descriptor says.
pub async fn read_blob(
    place: &Place,
    blob: &Descriptor,
    report: &CopyReport,
) -> Result<(), PlaceError> {
    let mut reader = place.open_blob(blob).await?;
    while let Some(piece) = reader.next().await? {
        report(&CopyEvent::Bytes {
            digest: blob.digest,
            count: piece.len() as u64,
        });
    }
    report(&CopyEvent::Blob {
        digest: blob.digest,
        size: blob.size,
        to: place.to_string(),
        how: BlobWrite::Present,
    });
    Ok(())
}
