//! Keys, statements, and what cosign wrote.

use liftlock_attest::predicates::{TestOutcome, TestResult};
use liftlock_attest::{Bundle, Predicate, PrivateKey, PublicKey, Statement, Subject};
use liftlock_oci::Digest;
use zeroize::Zeroizing;

pub(crate) const COSIGN_2_KEY: &[u8] = include_bytes!("../samples/cosign-2.key");
pub(crate) const COSIGN_2_PUB: &[u8] = include_bytes!("../samples/cosign-2.pub");
/// About `an image`, by cosign 2 and 3 with that key.
pub(crate) const COSIGN_BUNDLES: [&[u8]; 2] = [
    include_bytes!("../samples/bundle-cosign-2.json"),
    include_bytes!("../samples/bundle-cosign-3.json"),
];
pub(crate) const COSIGN_TYPE: &str = "https://example.com/tested/v1";

pub(crate) const TYPE: &str = TestResult::TYPE;

/// A key that is the same each time.
pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::generate(&Zeroizing::new([seed; 32])).unwrap()
}

pub(crate) fn cosigns() -> PublicKey {
    PublicKey::from_pem(COSIGN_2_PUB).unwrap()
}

pub(crate) fn image() -> Digest {
    Digest::of(b"an image")
}

pub(crate) fn statement() -> Statement {
    let predicate = TestResult {
        result: TestOutcome::Passed,
        configuration: Vec::new(),
        url: None,
        passed_tests: vec!["it works".to_owned()],
        warned_tests: Vec::new(),
        failed_tests: Vec::new(),
    };
    Statement::new(
        Subject::image("registry.example.com/shop", image()),
        &predicate,
    )
    .unwrap()
}

pub(crate) fn bundle(signer: &PrivateKey) -> Vec<u8> {
    Bundle::sign(&statement(), signer).to_bytes()
}
