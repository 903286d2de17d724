//! What is beside an image, checked.

use std::collections::BTreeSet;

use liftlock_attest::{PublicKey, Statement, WhyNot};
use liftlock_core::attestation::{Found, Wanted};
use liftlock_core::policy::PredicateType;
use liftlock_engine::ports::{AttestationError, FoundBeside};
use liftlock_oci::{Digest, PinnedRef};
use liftlock_registry::attestations::{self, AttestationsError, Found as Raw, Types};

use crate::{Attestor, facts};

/// A type that is wanted, with the keys that count for it.
struct Type<'w> {
    predicate: &'w PredicateType,
    keys: Vec<PublicKey>,
}

/// What counts, of everything in all places of an image; each statement once.
pub(crate) async fn find(
    attestor: &Attestor,
    wanted: &Wanted,
) -> Result<FoundBeside, AttestationError> {
    let types = types(wanted);
    let mut beside = FoundBeside::default();
    let mut seen = BTreeSet::new();
    for image in &wanted.places {
        for raw in look(attestor, image, &types).await? {
            for kind in &types {
                match check(&raw, kind, image.digest) {
                    Ok((key, payload, statement)) => {
                        if seen.insert((payload, key)) {
                            let kept = raw.kept().unwrap_or_default();
                            let found = found(
                                wanted,
                                image,
                                kind,
                                (key, payload, Digest::of(&kept)),
                                statement.as_ref(),
                            );
                            beside.good.push((found, kept));
                        }
                    }
                    Err(WhyNot::OtherPredicateType { .. }) => {}
                    Err(why) if may_be(&raw, kind) => {
                        beside
                            .refused
                            .push(format!("{image}: {}: {why}", kind.predicate));
                    }
                    Err(_) => {}
                }
            }
        }
    }
    Ok(beside)
}

fn types(wanted: &Wanted) -> Vec<Type<'_>> {
    let each = wanted.types.iter();
    each.map(|(predicate, keys)| {
        // A key whose point is not on the curve has signed nothing.
        let keys = keys.iter();
        let keys = keys.filter_map(|key| PublicKey::from_der(key.as_der()).ok());
        Type {
            predicate,
            keys: keys.collect(),
        }
    })
    .collect()
}

async fn look(
    attestor: &Attestor,
    image: &PinnedRef,
    types: &[Type<'_>],
) -> Result<Vec<Raw>, AttestationError> {
    let names: Vec<&str> = types.iter().map(|kind| kind.predicate.as_uri()).collect();
    let wanted = attestations::Wanted {
        types: Types::Only(&names),
        signatures: types
            .iter()
            .any(|kind| *kind.predicate == PredicateType::image()),
    };
    let place = attestor.place(image)?;
    match attestations::find(&place, image.digest, &wanted).await {
        Ok(found) => Ok(found),
        // The environment does not have the image yet.
        Err(AttestationsError::Place(error)) if error.is_absent() => Ok(Vec::new()),
        Err(error) => Err(AttestationError {
            what: "looking for attestations",
            image: image.clone(),
            source: Box::new(error),
        }),
    }
}

/// The key that signed it, the SHA-256 of what was signed, and the statement; an image's own
/// signature in its older form has none.
fn check(
    raw: &Raw,
    kind: &Type<'_>,
    subject: Digest,
) -> Result<(Digest, Digest, Option<Statement>), WhyNot> {
    let keys: Vec<&PublicKey> = kind.keys.iter().collect();
    if *kind.predicate == PredicateType::image() {
        let signed = raw.verify_signature(&keys, &subject)?;
        let payload = Digest::of(signed.payload());
        return Ok((signed.key().digest(), payload, None));
    }
    let verified = raw.verify(&keys, &subject, kind.predicate.as_uri())?;
    let payload = Digest::of(verified.payload());
    let statement = verified.statement().clone();
    Ok((verified.key().digest(), payload, Some(statement)))
}

/// Whether it calls itself what is wanted: only then is it worth a word why it does not count.
fn may_be(raw: &Raw, kind: &Type<'_>) -> bool {
    raw.named_type() == Some(kind.predicate.as_uri())
}

fn found(
    wanted: &Wanted,
    image: &PinnedRef,
    kind: &Type<'_>,
    (key, statement, envelope): (Digest, Digest, Digest),
    read: Option<&Statement>,
) -> Found {
    let report = read.and_then(|read| facts::of(read, image.digest, statement));
    Found {
        image: wanted.image,
        subjects: read.map_or_else(|| vec![image.digest], subjects),
        statement,
        envelope,
        predicate: kind.predicate.clone(),
        key,
        content: read
            .as_ref()
            .map_or(serde_json::Value::Null, |read| read.predicate.clone()),
        report,
    }
}

fn subjects(statement: &Statement) -> Vec<Digest> {
    let subjects = statement.subjects.iter();
    subjects
        .filter_map(|subject| subject.digest.sha256())
        .collect()
}
