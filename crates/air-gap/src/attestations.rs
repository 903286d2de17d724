//! What is signed beside the images, checked with keys that were given.

use std::collections::BTreeMap;

use jiff::Timestamp;
use liftlock_attest::predicates::{Approval, Deployment, Predicate};
use liftlock_attest::{Fingerprint, PublicKey, Verified, WhyNot};
use liftlock_core::ImageKey;
use liftlock_oci::Digest;
use liftlock_registry::Graph;
use liftlock_registry::attestations::{Found, Types, Wanted, find};

use crate::{ArchiveError, Document, Opened, Trust};

/// What is beside one image of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The image's key.
    pub key: ImageKey,
    /// The manifest it is beside: the image's, or that of one of its platforms.
    pub image: Digest,
    /// Each thing that is there.
    pub statements: Vec<Statement>,
}

/// One attestation or signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it states, or is listed as.
    pub states: String,
    /// What it is worth.
    pub standing: Standing,
}

/// What an attestation is worth here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Signed by a key that was given.
    Good(Fingerprint),
    /// It does not count, and why.
    Not(String),
    /// No key was given that it could be checked with.
    Unchecked,
}

/// What cosign's own signatures are listed as.
const SIGNATURE: &str = "signature of the image";

/// Checks all of it. Something by a trusted key that is not what it seems ends it; what others
/// signed is only listed.
pub(crate) async fn check(
    opened: &Opened,
    graphs: &BTreeMap<ImageKey, Graph>,
    trust: &Trust,
) -> Result<Vec<Beside>, ArchiveError> {
    let place = opened.place();
    let keys: Vec<&PublicKey> = trust.keys.iter().collect();
    let wanted = Wanted {
        types: Types::All,
        signatures: true,
    };
    let mut beside = Vec::new();
    for (key, graph) in graphs {
        for image in graph.image() {
            let found = find(&place, image, &wanted).await?;
            let checked = found.iter().map(|found| {
                let check = Check {
                    document: opened.document(),
                    keys: &keys,
                    image,
                    now: trust.now,
                };
                check.statement(found)
            });
            let statements = checked.collect::<Result<Vec<_>, _>>()?;
            if !statements.is_empty() {
                beside.push(Beside {
                    key: key.clone(),
                    image,
                    statements,
                });
            }
        }
    }
    if trust.must_be_signed {
        expect_signed(opened.document(), &beside)?;
    }
    Ok(beside)
}

/// Each image has something beside it that counts.
fn expect_signed(document: &Document, beside: &[Beside]) -> Result<(), ArchiveError> {
    for (key, image) in &document.images {
        let image = image.image.digest;
        let of_image = beside.iter().filter(|b| b.key == *key && b.image == image);
        let statements: Vec<&Statement> = of_image.flat_map(|b| &b.statements).collect();
        let is_good = |s: &&Statement| matches!(s.standing, Standing::Good(_));
        if statements.iter().any(is_good) {
            continue;
        }
        let reasons = statements.iter().filter_map(|s| match &s.standing {
            Standing::Not(why) => Some(format!("{}: {why}", s.states)),
            Standing::Good(_) | Standing::Unchecked => None,
        });
        return Err(ArchiveError::NotSigned {
            key: key.to_string(),
            image,
            why_not: reasons.collect(),
        });
    }
    Ok(())
}

struct Check<'a> {
    document: &'a Document,
    keys: &'a [&'a PublicKey],
    image: Digest,
    now: Timestamp,
}

impl Check<'_> {
    fn statement(&self, found: &Found) -> Result<Statement, ArchiveError> {
        let states = found.named_type().unwrap_or(SIGNATURE).to_owned();
        if self.keys.is_empty() {
            let standing = Standing::Unchecked;
            return Ok(Statement { states, standing });
        }
        let outcome = match found.named_type() {
            None => found
                .verify_signature(self.keys, &self.image)
                .map(|signed| Standing::Good(signed.key())),
            Some(named) => match found.verify(self.keys, &self.image, named) {
                Ok(verified) => self.worth(&verified),
                Err(why) => Err(why),
            },
        };
        match outcome {
            Ok(standing) => Ok(Statement { states, standing }),
            Err(why) if is_false(&why) => Err(ArchiveError::Attestation {
                image: self.image,
                states,
                why: Box::new(why),
            }),
            Err(why) => {
                let standing = Standing::Not(why.to_string());
                Ok(Statement { states, standing })
            }
        }
    }

    /// What a trusted key signed about a release, it signed about this one or about another, which
    /// may hold the same image; never about other digests under this name.
    fn worth(&self, verified: &Verified) -> Result<Standing, WhyNot> {
        let statement = verified.statement();
        let good = Standing::Good(verified.key());
        let named = match statement.predicate_type.as_str() {
            Deployment::TYPE => {
                let said: Deployment = statement.predicate().map_err(|e| unreadable(&e))?;
                Some((said.release, said.release_digest.sha256()))
            }
            Approval::TYPE => {
                let said: Approval = statement.predicate().map_err(|e| unreadable(&e))?;
                if let Some(at) = said.expires_on.as_deref().filter(|at| self.is_past(at)) {
                    return Ok(Standing::Not(format!("it expired at {at}")));
                }
                Some((said.release, said.release_digest.sha256()))
            }
            _ => None,
        };
        match named {
            Some((release, set)) if release == self.document.release.as_str() => {
                let wanted = self.document.set_digest();
                match set == Some(wanted) {
                    true => Ok(good),
                    false => Err(WhyNot::OtherSubject {
                        found: format!("the release {release} with other images"),
                        wanted,
                    }),
                }
            }
            _ => Ok(good),
        }
    }

    /// A time that cannot be read is no time that is still to come.
    fn is_past(&self, at: &str) -> bool {
        at.parse::<Timestamp>().map_or(true, |at| at <= self.now)
    }
}

fn unreadable(problem: &impl ToString) -> WhyNot {
    WhyNot::Unreadable {
        what: "what it states",
        problem: problem.to_string(),
    }
}

/// Whether it names or bears a trusted key, and is not what it should be: no accident of carrying
/// makes such a thing.
fn is_false(why: &WhyNot) -> bool {
    matches!(
        why,
        WhyNot::Altered { .. } | WhyNot::OtherSubject { .. } | WhyNot::OtherPredicateType { .. }
    )
}
