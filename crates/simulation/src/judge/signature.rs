//! What is signed, read anew each time: one statement that is good and was not taken back is enough.

use std::collections::BTreeSet;

use liftlock_core::evidence::Subject;
use liftlock_core::policy::{Policy, SignatureRule};
use liftlock_core::{GateName, KeyName};
use liftlock_oci::Digest;

use super::book::{Book, Made};

impl Book {
    /// Whether each image has what a gate wants signed.
    pub(super) fn is_signed(&self, release: &Made, gate: &GateName, rule: &SignatureRule) -> bool {
        let mut images = release.content.images.values();
        images.all(|image| self.is_one_signed(image.image.digest, gate, rule, false))
    }

    /// Whether an image had what a gate wants signed, and someone took it back.
    pub(super) fn has_lost_signature(
        &self,
        release: &Made,
        gate: &GateName,
        rule: &SignatureRule,
    ) -> bool {
        let mut images = release.content.images.values();
        images.any(|image| {
            let signed = |even| self.is_one_signed(image.image.digest, gate, rule, even);
            signed(true) && !signed(false)
        })
    }

    fn is_one_signed(
        &self,
        image: Digest,
        gate: &GateName,
        rule: &SignatureRule,
        even_revoked: bool,
    ) -> bool {
        let Some(policy) = &self.policy else {
            return false;
        };
        let keys = fingerprints(policy, &rule.keys);
        self.evidence.iter().any(|piece| {
            let Some(attested) = &piece.content.attested else {
                return false;
            };
            let whole = Subject::Image {
                image,
                platform: None,
            };
            let says_all = rule.conditions.iter().all(|condition| {
                let said = attested.fields.get(&condition.field);
                let said = said.and_then(Option::as_deref).unwrap_or_default();
                let mut allowed = condition.allowed.iter();
                allowed.any(|allowed| match allowed.split_once('*') {
                    Some((start, _)) => said.starts_with(start),
                    None => said == allowed,
                })
            });
            piece.content.gate == *gate
                && piece.content.subject == whole
                && attested.predicate == rule.predicate
                && keys.contains(&attested.key)
                && says_all
                && (even_revoked || piece.revoked.is_none())
        })
    }
}

/// What signatures of these keys are known by.
pub(super) fn fingerprints(policy: &Policy, keys: &[KeyName]) -> BTreeSet<Digest> {
    let keys = keys.iter().filter_map(|name| policy.keys.get(name));
    keys.map(|key| key.fingerprint()).collect()
}
