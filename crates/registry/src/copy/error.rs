//! Why a copy did not come to its end.

use liftlock_oci::Platform;

use super::Delivered;
use crate::place::PlaceError;

/// Why a copy did not come to its end. No tag was moved in a place that is not named as done.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The image cannot be read.
    #[error("{what} cannot be read: {source}")]
    Source {
        /// The manifest or blob.
        what: String,
        /// The cause.
        #[source]
        source: PlaceError,
    },
    /// The image is not one that can be copied as it is.
    #[error("{what} cannot be copied as it is: {message}")]
    Shape {
        /// The manifest.
        what: String,
        /// Why, and what can be done.
        message: String,
    },
    /// More than is allowed.
    #[error("{what} has more than {limit} {unit}, which is the limit")]
    Limit {
        /// The image.
        what: String,
        /// The limit.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A platform that the image does not have.
    #[error("{what} has no {wanted}; it has {}", list(has))]
    Platform {
        /// The image.
        what: String,
        /// What was asked for.
        wanted: Platform,
        /// What there is.
        has: Vec<Platform>,
    },
    /// One or more places did not take it.
    #[error("{}", failures(failed))]
    Destinations {
        /// Which, and why.
        failed: Vec<(String, PlaceError)>,
        /// The others, which have it.
        done: Vec<Delivered>,
    },
}

fn list(platforms: &[Platform]) -> String {
    if platforms.is_empty() {
        return "no platforms to choose from".to_owned();
    }
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn failures(failed: &[(String, PlaceError)]) -> String {
    let lines = failed
        .iter()
        .map(|(place, error)| format!("{place} did not take the copy: {error}"));
    lines.collect::<Vec<_>>().join("; ")
}
