//! From a passphrase to a key: scrypt (RFC 7914).

use scrypt::Params;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{KeyError, Passphrase};

/// Most cost that is paid for a key file: 128 MiB of memory. Cosign writes half of that, and wrote
/// a quarter before.
pub const SCRYPT_N_MAX: u64 = 1 << 17;

/// Less protects nothing.
const N_MIN: u64 = 1 << 14;

/// Longest salt in bytes; cosign's has 32.
const SALT_BYTES_MAX: usize = 128;

/// The parameters as they stand in a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    #[serde(rename = "N")]
    pub(super) n: u64,
    pub(super) r: u64,
    pub(super) p: u64,
}

impl Cost {
    /// What cosign writes.
    pub(super) const WRITTEN: Self = Self {
        n: 1 << 16,
        r: 8,
        p: 1,
    };

    /// The secret of a passphrase and a salt.
    pub(super) fn derive(
        self,
        passphrase: &Passphrase,
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let Self { n, r, p } = self;
        let refused = KeyError::Scrypt { n, r, p };
        let may = n.is_power_of_two() && (N_MIN..=SCRYPT_N_MAX).contains(&n) && (r, p) == (8, 1);
        if !may {
            return Err(refused);
        }
        if salt.len() > SALT_BYTES_MAX {
            let message = format!("the salt has {} bytes, over {SALT_BYTES_MAX}", salt.len());
            return Err(KeyError::Body(message));
        }
        // At most 17, as was just looked at.
        let log_n = n.trailing_zeros() as u8;
        let params = Params::new(log_n, 8, 1, 32).map_err(|_| refused)?;
        let mut secret = Zeroizing::new([0; 32]);
        scrypt::scrypt(passphrase.bytes(), salt, &params, secret.as_mut_slice())
            .map_err(|error| KeyError::Body(error.to_string()))?;
        Ok(secret)
    }
}
