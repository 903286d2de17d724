//! What must hold of attestations in any form.

use liftlock_attest::{PrivateKey, PublicKey, WhyNot};
use liftlock_oci::Digest;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// The longest message of an error, in bytes: texts from outside are cut.
pub const MESSAGE_BYTES_MAX: usize = 2_000;

/// The image that the corpus attests.
pub static IMAGE: LazyLock<Digest> = LazyLock::new(|| Digest::of(b"an image"));

/// The key that signed what is in the corpus.
static SIGNER: LazyLock<PrivateKey> = LazyLock::new(|| key(1));

fn key(byte: u8) -> PrivateKey {
    PrivateKey::generate(&Zeroizing::new([byte; 32])).expect("it is a key")
}

/// A key that signed nothing.
pub fn stranger() -> &'static PrivateKey {
    static STRANGER: LazyLock<PrivateKey> = LazyLock::new(|| key(2));
    &STRANGER
}

/// The signer signed one thing only: whatever is verified is exactly that.
pub fn check_signed(verify: impl Fn(&[&PublicKey], &Digest) -> Result<Vec<u8>, WhyNot>) {
    const SIGNED: &[u8] = include_bytes!("signed-statement.json");
    match verify(&[SIGNER.public()], &IMAGE) {
        Ok(payload) => assert_eq!(payload, SIGNED),
        Err(error) => message_fits(&error),
    }
}

/// An error says what is wrong without repeating what came in.
pub fn message_fits(error: &WhyNot) {
    assert!(error.to_string().len() <= MESSAGE_BYTES_MAX);
}
