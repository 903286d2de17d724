//! Bringing the images of an archive that was checked to where they shall be.

use std::collections::BTreeMap;

use liftlock_core::ImageKey;
use liftlock_oci::Tag;
use liftlock_registry::{
    Choice, Copied, CopyError, CopyReport, CopyRequest, Destination, Named, Place, copy,
};

use crate::Verified;

/// Where an image shall be.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which image of the archive.
    pub key: ImageKey,
    /// Where.
    pub to: Place,
    /// The tag that keeps it there, which is written once; none: by its digest alone.
    pub keep: Option<Tag>,
}

/// Copies images with all that refers to them. What is there is not sent again; every byte is
/// compared with its digest once more as it passes.
///
/// # Errors
/// [`CopyError`] of the first that could not be brought. Those before it are there, and what is
/// there does no harm; the same again carries on.
pub async fn deliver(
    verified: &Verified<'_>,
    deliveries: &[Delivery],
    report: &CopyReport,
) -> Result<BTreeMap<ImageKey, Copied>, CopyError> {
    let document = verified.opened.document();
    let mut brought = BTreeMap::new();
    for Delivery { key, to, keep } in deliveries {
        let Some(image) = document.images.get(key) else {
            continue;
        };
        let request = CopyRequest {
            from: verified.opened.place(),
            image: Named::Digest(image.image.digest),
            to: vec![Destination {
                place: to.clone(),
                tags: keep.iter().cloned().collect(),
                once: true,
            }],
            choice: Choice::default(),
            again: false,
        };
        brought.insert(key.clone(), copy(&request, report).await?);
    }
    Ok(brought)
}
