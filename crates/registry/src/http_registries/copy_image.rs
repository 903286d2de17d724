//! Copies as the engine asks for them.

use std::sync::{Arc, Mutex, PoisonError};

use liftlock_engine::ports::{CopiedTo, CopyFailed, CopyImage, CopyReport, RegistryError};
use liftlock_oci::{PinnedRef, Repository};

use super::HttpRegistries;
use super::copied_so_far::CopiedSoFar;
use crate::copy::{Choice, CopyError, CopyEvent, CopyRequest, Delivered, Destination, Named, copy};
use crate::place::Place;

/// Copies an image with everything that refers to it; keep-tags last, and written once.
pub(super) async fn copy_image(
    registries: &HttpRegistries,
    request: &CopyImage,
    report: CopyReport,
) -> Result<Vec<CopiedTo>, CopyFailed> {
    let CopyImage { image, to, keep } = request;
    let from = place(registries, &image.repository).map_err(|source| CopyFailed::Source {
        what: image.to_string(),
        source: source.into(),
    })?;
    let mut destinations = Vec::with_capacity(to.len());
    for repository in to {
        let place = place(registries, repository).map_err(|error| CopyFailed::Destinations {
            failed: vec![(repository.to_string(), error.into())],
        })?;
        destinations.push(Destination {
            place,
            tags: keep.iter().cloned().collect(),
            once: true,
        });
    }
    let request = CopyRequest {
        from,
        image: Named::Digest(image.digest),
        to: destinations,
        choice: Choice::default(),
        again: false,
    };
    let copied = copy(&request, &tell(report)).await;
    let copied = copied.map_err(|error| failed(image, error))?;
    let each = to.iter().zip(copied.destinations);
    Ok(each
        .map(|(to, delivered)| copied_to(to, delivered))
        .collect())
}

fn place(registries: &HttpRegistries, repository: &Repository) -> Result<Place, RegistryError> {
    Ok(Place::Repository {
        client: registries.client(repository.host())?,
        repository: repository.clone(),
    })
}

fn tell(report: CopyReport) -> crate::copy::CopyReport {
    let so_far = Mutex::new(CopiedSoFar::default());
    Arc::new(move |event: &CopyEvent| {
        let mut so_far = so_far.lock().unwrap_or_else(PoisonError::into_inner);
        so_far.take(event);
        report(&so_far.progress());
    })
}

fn failed(image: &PinnedRef, error: CopyError) -> CopyFailed {
    match error {
        CopyError::Source { what, source } => CopyFailed::Source {
            what,
            source: source.into(),
        },
        CopyError::Destinations { failed, .. } => {
            let failed = failed.into_iter();
            CopyFailed::Destinations {
                failed: failed.map(|(place, e)| (place, e.into())).collect(),
            }
        }
        error => CopyFailed::Image {
            image: image.clone(),
            message: error.to_string(),
        },
    }
}

fn copied_to(repository: &Repository, delivered: Delivered) -> CopiedTo {
    CopiedTo {
        repository: repository.clone(),
        written: delivered.uploaded as u64,
        bytes: delivered.bytes,
        mounted: delivered.mounted as u64,
        there: delivered.present as u64,
        manifests: delivered.manifests as u64,
        left: delivered.kept,
    }
}
