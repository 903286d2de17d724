//! A path of hashes as the lines of a text, before an empty one (C2SP tlog-proof, and tlog-witness's
//! `add-checkpoint`).

use crate::{Hash, HashError, PROOF_HASHES_MAX};

/// Why lines are no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathLinesError {
    /// A line is no hash.
    #[error("line {line} of the path is not a hash")]
    Hash {
        /// Its place in the path, from 1.
        line: usize,
        /// Why.
        #[source]
        source: HashError,
    },
    /// More hashes than any path has.
    #[error("a path has at most {PROOF_HASHES_MAX} hashes")]
    Count,
}

/// The path, and what is after the empty line.
pub(crate) fn read(text: &str) -> Result<(Vec<Hash>, &str), PathLinesError> {
    let (mut path, mut rest) = (Vec::new(), text);
    while let Some((hash, after)) = rest.split_once('\n') {
        rest = after;
        if hash.is_empty() {
            break;
        }
        if path.len() == PROOF_HASHES_MAX {
            return Err(PathLinesError::Count);
        }
        let line = path.len() + 1;
        let hash = Hash::from_base64(hash);
        path.push(hash.map_err(|source| PathLinesError::Hash { line, source })?);
    }
    Ok((path, rest))
}
