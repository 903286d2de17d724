//! The proofs beside an image: that the promotion which a statement names is in the ledger.

use liftlock_attest::predicates::Deployment;
use liftlock_core::attestation::ProvenBy;
use liftlock_core::{Entry, EnvironmentName, Event};
use liftlock_ledger::{
    Checkpoint, NoteError, ProofFile, ProofFileError, SignedCheckpointError, VerifierKey,
};
use liftlock_oci::Digest;
use liftlock_registry::attestations::{FoundProof, find_proofs};
use liftlock_verbs::{Exit, Failure};
use serde_json::{Value, json};

use crate::verbs::image::{Source, attestations_failure};

/// What the proofs came to.
#[derive(Debug, Default)]
pub(super) struct Proven {
    /// The places in the ledger of the entries that are proven, in the order of [`ProvenBy::ALL`].
    places: [Option<u64>; 2],
    /// The largest checkpoint under which one of them is proven.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The ledgers that proofs say they are of.
    logs: Vec<String>,
    /// Why proofs were not accepted.
    not_accepted: Vec<String>,
    /// Whether one of them was changed after it was made.
    altered: bool,
    /// Whether there was a key to check them with.
    checked: bool,
}

/// Reads the proofs beside an image, and checks those of the promotion that `deployment` names.
pub(super) async fn proven(
    source: &Source,
    (digest, environment): (Digest, &EnvironmentName),
    deployment: &Deployment,
    key: Option<&VerifierKey>,
) -> Result<Proven, Failure> {
    let found = find_proofs(&source.place, digest).await;
    let mut proven = Proven {
        checked: key.is_some(),
        ..Proven::default()
    };
    for file in found.map_err(attestations_failure)? {
        proven.add(&file, (digest, environment), deployment, key);
    }
    proven.logs.sort();
    proven.logs.dedup();
    proven.forked(deployment);
    Ok(proven)
}

impl Proven {
    fn add(
        &mut self,
        found: &FoundProof,
        about: (Digest, &EnvironmentName),
        deployment: &Deployment,
        key: Option<&VerifierKey>,
    ) {
        let read = match &found.bytes {
            Ok(bytes) => str::from_utf8(bytes).map_err(|error| error.to_string()),
            Err(why) => Err(why.to_string()),
        };
        let read = read.and_then(|text| text.parse().map_err(|e: ProofFileError| e.to_string()));
        let file: ProofFile = match read {
            Ok(file) => file,
            Err(why) => return self.refuse(found, &why, true),
        };
        let checkpoint = file.checkpoint().checkpoint();
        self.logs.push(checkpoint.origin().to_owned());
        let Some(key) = key else { return };
        let entry = match file.verify(key) {
            Ok(bytes) => Entry::read(bytes),
            Err(error) => return self.refuse(found, &error, is_altered(&error)),
        };
        let Ok(entry) = entry else {
            return self.refuse(found, &"its entry is of a newer version", false);
        };
        let places = self.places.iter_mut().zip(ProvenBy::ALL);
        for (place, by) in places {
            if is_of(by, &entry, about, deployment) {
                *place = Some(file.index());
                let larger = |known: &Checkpoint| known.size() < checkpoint.size();
                if self.checkpoint.as_ref().is_none_or(larger) {
                    self.checkpoint = Some(checkpoint.clone());
                }
            }
        }
    }

    fn refuse(&mut self, found: &FoundProof, why: &impl ToString, altered: bool) {
        self.altered |= altered;
        let referrer = found.referrer;
        let why = why.to_string();
        self.not_accepted
            .push(format!("the proof in {referrer}: {why}"));
    }

    /// One ledger has one root at a size: the statement's and the proof's are signed by two keys.
    fn forked(&mut self, deployment: &Deployment) {
        let (Some(proven), Some(stated)) = (&self.checkpoint, &deployment.checkpoint) else {
            return;
        };
        let same = stated.origin == proven.origin() && stated.size == proven.size().to_string();
        if same && stated.root != proven.root().to_string() {
            self.altered = true;
            let why = "the statement names another root of the ledger at that size";
            self.not_accepted.push(why.to_owned());
        }
    }

    /// Whether both entries are proven, and nothing speaks against it.
    fn is_whole(&self) -> bool {
        self.places.iter().all(Option::is_some) && !self.altered
    }

    /// How the command ends, where a key was given to check proofs with.
    pub(super) fn exit(&self) -> Exit {
        match (self.checked, self.is_whole(), self.altered) {
            (false, ..) | (true, true, _) => Exit::Done,
            (true, false, true) => Exit::Mismatch,
            (true, false, false) => Exit::Refused,
        }
    }

    /// It in lines; `promotion` is the one that the statement names.
    pub(super) fn lines(&self, promotion: &str) -> Vec<String> {
        let mut lines = Vec::new();
        match (self.places, self.checked) {
            ([Some(committed), Some(ended)], true) => {
                let logs = self.checkpoint.iter().map(Checkpoint::origin);
                let log = logs.collect::<String>();
                lines.push(format!(
                    "proven: {promotion} was committed as entry {committed} of {log}, and \
                     succeeded as entry {ended}"
                ));
            }
            (_, true) => lines.push(format!(
                "nothing beside it proves with the log's key that {promotion} is in the ledger"
            )),
            (_, false) if self.logs.is_empty() => {}
            (_, false) => lines.push(format!(
                "a proof of {} is beside it: not checked, no --log-key was given",
                self.logs.join(", ")
            )),
        }
        if self.checked {
            let reasons = self
                .not_accepted
                .iter()
                .take(super::offline::REASONS_SHOWN_MAX);
            lines.extend(reasons.map(|why| format!("not accepted: {why}")));
        }
        lines
    }

    /// It for programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "checked": self.checked,
            "proven": self.checked && self.is_whole(),
            "committed": self.places[0],
            "ended": self.places[1],
            "logs": self.logs,
            "not_accepted": self.not_accepted,
        })
    }
}

/// Whether an entry is that one of the promotion which the statement names, of this image.
fn is_of(
    by: ProvenBy,
    entry: &Entry,
    (digest, environment): (Digest, &EnvironmentName),
    deployment: &Deployment,
) -> bool {
    let Ok(promotion) = deployment.promotion.parse() else {
        return false;
    };
    let here = entry.pipeline.as_str() == deployment.resource_uri.pipeline;
    let about = match &entry.event {
        Event::PromotionCommitted { plan, .. } => {
            plan.environment == *environment
                && plan.release.as_str() == deployment.release
                && plan.images.values().any(|image| image.digest == digest)
        }
        _ => true,
    };
    here && about && by.is(&entry.event, promotion)
}

/// Whether a proof was changed, rather than made by another ledger.
fn is_altered(error: &ProofFileError) -> bool {
    use SignedCheckpointError::{Checkpoint, Note, Origin};
    !matches!(
        error,
        ProofFileError::Checkpoint(
            Origin { .. } | Checkpoint(_) | Note(NoteError::Unsigned { .. })
        )
    )
}
