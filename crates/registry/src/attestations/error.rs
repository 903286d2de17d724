//! Why attestations cannot be read or written.

use super::{ATTESTATIONS_BYTES_MAX, ATTESTATIONS_MAX};
use crate::place::PlaceError;

/// Why the attestations of an image cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AttestationsError {
    /// The registry, folder or file did not do what it was asked.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// There are more than are read.
    #[error(
        "{image} has more than {} attestations and signatures; which of them count cannot be told \
         from a part of them: remove those that are not needed any more",
        ATTESTATIONS_MAX
    )]
    TooMany {
        /// The image.
        image: String,
    },
    /// They are larger than what is read.
    #[error(
        "the attestations of {image} have more than {} MiB in all",
        ATTESTATIONS_BYTES_MAX / 1024 / 1024
    )]
    TooLarge {
        /// The image.
        image: String,
    },
    /// There is something else where attestations should be.
    #[error("{what} is no list of attestations: {problem}")]
    Shape {
        /// The place and name.
        what: String,
        /// What is wrong.
        problem: String,
    },
    /// Others kept writing over it.
    #[error("{what}: {writes} writes were lost to other writers; try again")]
    Overwritten {
        /// The place and tag.
        what: String,
        /// How often it was written.
        writes: u32,
    },
}
