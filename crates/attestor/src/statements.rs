//! What a promotion states, as statements: `docs/attestations.md` describes them.

mod evidence;

use std::collections::BTreeMap;

use liftlock_attest::predicates::{
    Approval, Checkpoint, Deployment, DeploymentKind, Predicate, ResourceDescriptor,
    VerificationSummary, Verifier, Who,
};
use liftlock_attest::{Bundle, DigestSet, PrivateKey, ResourceUri, Statement, Subject};
use liftlock_core::attestation::{
    Admitted, Details, Person, Stated, StatedApproval, StatedCheckpoint, Verified,
};
use liftlock_oci::{Digest, PinnedRef};
use liftlock_registry::attestations::Attestation;

/// Who verifies, in a verification summary.
const VERIFIER: &str = "https://liftlock.dev";

/// What is verified of an image in a summary: every gate of the environment passed.
const ADMITTED: &str = "LIFTLOCK_ADMITTED";
/// Or some of them by an override.
const OVERRIDDEN: &str = "LIFTLOCK_ADMITTED_BY_OVERRIDE";

/// What is put beside an image in one of its places.
pub(crate) struct Beside {
    /// The image, or the manifest of a platform.
    pub(crate) image: PinnedRef,
    /// What is said of it.
    pub(crate) attestations: Vec<Attestation>,
}

/// Everything to put beside everything. The same statement goes to each place of an image, with
/// the first one's name in it, so that a later copy between them finds it there already.
pub(crate) fn statements(stated: &Stated, key: &PrivateKey) -> Result<Vec<Beside>, String> {
    let mut beside: BTreeMap<PinnedRef, Vec<Attestation>> = BTreeMap::new();
    for places in stated.images.values() {
        let Some(first) = places.first() else {
            continue;
        };
        let writer = Writer { stated, key, first };
        for (subject, attestations) in writer.about(first.digest)? {
            for place in places {
                let place = place.repository.pinned(subject);
                beside
                    .entry(place)
                    .or_default()
                    .extend(attestations.iter().cloned());
            }
        }
    }
    let beside = beside.into_iter().map(|(image, attestations)| Beside {
        image,
        attestations,
    });
    Ok(beside.collect())
}

/// Signs statements about one image.
struct Writer<'a> {
    stated: &'a Stated,
    key: &'a PrivateKey,
    first: &'a PinnedRef,
}

impl Writer<'_> {
    fn about(&self, image: Digest) -> Result<BTreeMap<Digest, Vec<Attestation>>, String> {
        match &self.stated.details {
            Details::Admitted(admitted) => self.admitted(image, admitted),
            Details::Verified(verified) => {
                let deployment = self.signed(image, &self.deployment(verified))?;
                Ok(BTreeMap::from([(image, vec![deployment])]))
            }
        }
    }

    /// Approvals and evidence first: the summary names each of them by its digest.
    fn admitted(
        &self,
        image: Digest,
        admitted: &Admitted,
    ) -> Result<BTreeMap<Digest, Vec<Attestation>>, String> {
        let mut written: BTreeMap<Digest, Vec<Attestation>> = BTreeMap::new();
        let mut inputs = Vec::new();
        for approval in &admitted.approvals {
            let approval = self.signed(image, &self.approval(approval))?;
            inputs.push(input("approval", &approval));
            written.entry(image).or_default().push(approval);
        }
        for evidence in &admitted.evidence {
            if !evidence::is_about(evidence, self.stated.set, image) {
                continue;
            }
            let name = evidence.gate.as_str();
            match self.evidence(evidence, image)? {
                Some((subject, attestation)) => {
                    inputs.push(input(name, &attestation));
                    written.entry(subject).or_default().push(attestation);
                }
                None => inputs.extend(evidence::reference(evidence)),
            }
        }
        let summary = self.summary(admitted, inputs)?;
        let summary = self.signed(image, &summary)?;
        written.entry(image).or_default().push(summary);
        Ok(written)
    }

    fn summary(
        &self,
        admitted: &Admitted,
        inputs: Vec<ResourceDescriptor>,
    ) -> Result<VerificationSummary, String> {
        let level = match admitted.overridden.is_empty() {
            true => ADMITTED,
            false => OVERRIDDEN,
        };
        let verifier = Verifier {
            id: VERIFIER.to_owned(),
            version: BTreeMap::new(),
        };
        let summary = VerificationSummary::passed(
            verifier,
            self.stated.at.to_string(),
            self.resource().to_string(),
            self.policy(),
            inputs,
            vec![level.to_owned()],
        );
        summary.ok_or_else(|| "it rests on more attestations than a summary holds".to_owned())
    }

    fn approval(&self, approval: &StatedApproval) -> Approval {
        Approval {
            resource_uri: self.resource(),
            release: self.stated.release.to_string(),
            release_digest: DigestSet::of(self.stated.set),
            promotion: self.stated.promotion.to_string(),
            policy: digest(approval.policy),
            gates: approval.gates.iter().map(ToString::to_string).collect(),
            approver: who(&approval.by),
            approved_on: approval.at.to_string(),
            expires_on: None,
        }
    }

    fn deployment(&self, verified: &Verified) -> Deployment {
        Deployment {
            resource_uri: self.resource(),
            release: self.stated.release.to_string(),
            release_digest: DigestSet::of(self.stated.set),
            promotion: self.stated.promotion.to_string(),
            kind: DeploymentKind::Promotion,
            policy: self.policy(),
            requester: who(&self.stated.requester),
            deployed: verified.deployed,
            checks: verified.checks.iter().map(ToString::to_string).collect(),
            tags: Vec::new(),
            verified_on: self.stated.at.to_string(),
            checkpoint: verified.checkpoint.as_ref().map(checkpoint),
        }
    }

    fn resource(&self) -> ResourceUri {
        ResourceUri {
            repository: self.first.repository.to_string(),
            pipeline: self.stated.pipeline.to_string(),
            environment: self.stated.environment.to_string(),
        }
    }

    fn policy(&self) -> ResourceDescriptor {
        digest(self.stated.policy)
    }

    fn signed<P: Predicate>(&self, subject: Digest, predicate: &P) -> Result<Attestation, String> {
        let subject = Subject::image(self.first.repository.to_string(), subject);
        let statement = Statement::new(subject, predicate).map_err(|error| error.to_string())?;
        Ok(Attestation {
            bundle: Bundle::sign(&statement, self.key),
            predicate_type: statement.predicate_type,
            created: self.stated.at.to_string(),
        })
    }
}

fn who(person: &Person) -> Who {
    Who {
        identity: person.actor.identity.to_string(),
        person: person.person.as_ref().map(ToString::to_string),
        authenticated: !person.actor.is_claimed(),
    }
}

fn checkpoint(stated: &StatedCheckpoint) -> Checkpoint {
    Checkpoint {
        origin: stated.origin.clone(),
        size: stated.size.to_string(),
        root: stated.root.clone(),
    }
}

fn digest(digest: Digest) -> ResourceDescriptor {
    ResourceDescriptor {
        digest: Some(DigestSet::of(digest)),
        ..ResourceDescriptor::default()
    }
}

/// An attestation by the digest of its bundle, which is the layer of its referrer.
fn input(name: &str, attestation: &Attestation) -> ResourceDescriptor {
    ResourceDescriptor {
        name: Some(name.to_owned()),
        uri: Some(attestation.predicate_type.clone()),
        ..digest(Digest::of(&attestation.bundle.to_bytes()))
    }
}
