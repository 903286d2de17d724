//! The keys of every world. Nothing is signed with them for real: whether a signature is good is
//! part of what was drawn.

use std::collections::BTreeMap;

use liftlock_core::KeyName;
use liftlock_core::policy::{Policy, PublicKey};

use super::is;

/// What an ECDSA P-256 key begins with, as SubjectPublicKeyInfo in base64.
const HEAD: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";

/// Builds are signed with it.
pub(crate) const CI: &str = "ci";
/// The product signs with it.
pub(crate) const OURS: &str = "ours";

/// A key, by the letter that it is made of.
fn key(letter: &str) -> PublicKey {
    is(&format!("{HEAD}{}A==", letter.repeat(85)))
}

/// The keys that a policy begins with.
pub(super) fn keys() -> BTreeMap<KeyName, PublicKey> {
    let keys = [(CI, "C"), ("qa", "Q"), (OURS, "O")];
    let keys = keys.map(|(name, letter)| (is(name), key(letter)));
    keys.into()
}

/// The policy with another key for builds; the first again after the second.
pub(crate) fn with_key_replaced(mut policy: Policy) -> Policy {
    let (first, second) = (key("C"), key("D"));
    let now = policy.keys.get(&is(CI));
    let next = if now == Some(&first) { second } else { first };
    policy.keys.insert(is(CI), next);
    policy
}

/// Every key that anything is ever signed with; the last is nobody's.
pub(super) fn all() -> [PublicKey; 5] {
    ["C", "D", "Q", "O", "X"].map(key)
}
