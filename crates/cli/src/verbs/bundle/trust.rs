//! What is given to check an archive with.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use liftlock_air_gap::Trust;
use liftlock_attest::PublicKey;
use liftlock_core::Policy;
use liftlock_verbs::Failure;

use crate::keys::public_file;
use crate::verbs::log::{read_checkpoint, read_key};

/// Keys that attestations are checked with.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// A public key, one of which must have signed something about each image; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
}

impl Keys {
    /// What is trusted. Where no key is named, those of the policy are: what they signed is
    /// checked, and nothing has to be signed by them here, for gates ask for that.
    pub(super) fn trust(
        &self,
        policy: Option<&Policy>,
        log_key: Option<&str>,
        checkpoint: Option<&Path>,
    ) -> Result<Trust, Failure> {
        let named = self.key.iter().map(|path| public_file(path));
        let mut keys = named.collect::<Result<Vec<_>, _>>()?;
        let must_be_signed = !keys.is_empty();
        if let Some(policy) = policy.filter(|_| keys.is_empty()) {
            // A key whose point is not on the curve has signed nothing.
            let known = policy.keys.values();
            keys.extend(known.filter_map(|key| PublicKey::from_der(key.as_der()).ok()));
        }
        Ok(Trust {
            keys,
            must_be_signed,
            log_key: log_key.map(read_key).transpose()?,
            pinned: checkpoint.map(read_checkpoint).transpose()?,
            now: Timestamp::now(),
        })
    }
}
