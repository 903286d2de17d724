//! Why a key cannot be had.

/// Why bytes are no key, or a key cannot be read or written. Never holds anything of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More bytes than a key file has.
    #[error("{bytes} bytes are more than a key file has (at most {max})")]
    TooLarge {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
    /// Not PEM, or PEM of something else.
    #[error("no {expected} in PEM form: {problem}")]
    Pem {
        /// What was looked for.
        expected: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A public key of another kind.
    #[error("not a public key of ECDSA over P-256, which is the one kind that is supported")]
    NotP256,
    /// A private key that is not encrypted.
    #[error(
        "the private key is not encrypted; import one that cosign made (cosign import-key-pair \
         turns others into such a key), or make a new one with: liftlock key generate"
    )]
    NotEncrypted,
    /// The JSON inside is not what cosign writes.
    #[error("the encrypted key is not readable: {0}")]
    Body(String),
    /// Another way of deriving keys or encrypting.
    #[error("the key is encrypted with {found}; supported is {supported}")]
    Encryption {
        /// What the file names.
        found: String,
        /// What could be read.
        supported: &'static str,
    },
    /// Parameters that cost too much, or protect too little.
    #[error(
        "the key's scrypt parameters N={n}, r={r}, p={p} are not supported; N may be a power of \
         two from 16384 to 131072, with r=8 and p=1"
    )]
    Scrypt {
        /// Cost.
        n: u64,
        /// Block size.
        r: u64,
        /// Parallelisation.
        p: u64,
    },
    /// Wrong passphrase, or the file was changed. The two cannot be told apart.
    #[error("the passphrase is wrong, or the key file was changed")]
    Passphrase,
    /// A longer passphrase than is read.
    #[error("the passphrase is longer than {max} bytes")]
    LongPassphrase {
        /// How long it may be.
        max: usize,
    },
    /// Random bytes that no key can be made of.
    #[error("these random bytes make no key; take others")]
    Randomness,
    /// What a library could not do, with its reason.
    #[error("the key could not be written: {0}")]
    Write(String),
}
