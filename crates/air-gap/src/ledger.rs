//! What the ledger says about the release, and whether it is the ledger that is trusted.

use liftlock_core::{Entry, Event};
use liftlock_ledger::{Checkpoint, ProofFile, SavedCheckpoint, SignedCheckpoint, VerifierKey};

use crate::{ArchiveError, Opened, Trust};

/// What the archive has of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The checkpoint that everything is proven against.
    pub checkpoint: SignedCheckpoint,
    /// Whether it and the proofs were checked with the log's key. Else all of it is a claim.
    pub is_proven: bool,
    /// The size of the checkpoint that was known, where the ledger was shown to continue one.
    pub continues: Option<u64>,
    /// The entries, in the ledger's order.
    pub told: Vec<Told>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its place in the ledger, from 0.
    pub place: u64,
    /// What it is; nothing where a newer Liftlock wrote it.
    pub entry: Option<Box<Entry>>,
}

/// Checks the proofs, and compares what they prove with the document.
pub(crate) fn check(opened: &Opened, trust: &Trust) -> Result<Ledger, ArchiveError> {
    let mut told = Vec::with_capacity(opened.proofs.len());
    let first = opened.proofs.first().map(ProofFile::checkpoint);
    let Some(first) = first else {
        return Err(ArchiveError::form(
            "the release's artifact",
            "it proves nothing",
        ));
    };
    for proof in &opened.proofs {
        let title = || format!("entry-{}.tlog-proof", proof.index());
        if proof.checkpoint() != first {
            return Err(ArchiveError::Checkpoints { title: title() });
        }
        let bytes = match &trust.log_key {
            Some(key) => proof.verify(key).map_err(|source| ArchiveError::Proof {
                title: title(),
                source: Box::new(source),
            })?,
            None => proof.entry(),
        };
        told.push(Told {
            place: proof.index(),
            entry: Entry::read(bytes).ok().map(Box::new),
        });
    }
    told.sort_by_key(|told| told.place);
    agrees(opened, &told)?;
    let checkpoint = first.clone();
    let continues = match (&trust.pinned, &trust.log_key) {
        (Some(pinned), Some(key)) => Some(continues(opened, checkpoint.checkpoint(), pinned, key)?),
        _ => None,
    };
    Ok(Ledger {
        checkpoint,
        is_proven: trust.log_key.is_some(),
        continues,
        told,
    })
}

/// The ledger's own entry about the release says what the document says, and every entry is of the
/// pipeline.
fn agrees(opened: &Opened, told: &[Told]) -> Result<(), ArchiveError> {
    let document = opened.document();
    let disagrees = |what: &str, one: String, other: String| ArchiveError::Disagrees {
        what: what.to_owned(),
        one: format!("{one} in the document"),
        other: format!("{other} in the ledger"),
    };
    let mut created = None;
    for entry in told.iter().filter_map(|told| told.entry.as_deref()) {
        if entry.pipeline != document.pipeline {
            let (one, other) = (document.pipeline.to_string(), entry.pipeline.to_string());
            return Err(disagrees("the pipeline", one, other));
        }
        if let Event::ReleaseCreated(content) = &entry.event {
            created = Some(content);
        }
    }
    let Some(created) = created else {
        let other = "nothing says that it was made".to_owned();
        return Err(disagrees(
            "the release",
            document.release.to_string(),
            other,
        ));
    };
    if created.name != document.release {
        let (one, other) = (document.release.to_string(), created.name.to_string());
        return Err(disagrees("the release", one, other));
    }
    if created.images != document.images {
        let digests = |set: liftlock_oci::Digest| format!("the set {set}, with its places");
        let (one, other) = (
            digests(document.set_digest()),
            digests(created.set_digest()),
        );
        return Err(disagrees("what its images are", one, other));
    }
    if created.about != document.about {
        let (one, other) = ("one thing".to_owned(), "another".to_owned());
        return Err(disagrees("what is said about it", one, other));
    }
    Ok(())
}

/// That the archive's ledger is the one whose checkpoint is known. That checkpoint's size.
fn continues(
    opened: &Opened,
    checkpoint: &Checkpoint,
    pinned: &SavedCheckpoint,
    key: &VerifierKey,
) -> Result<u64, ArchiveError> {
    if let SavedCheckpoint::Signed(signed) = pinned {
        let verified = signed.verify(key);
        verified.map_err(|error| ArchiveError::Pinned(Box::new(error)))?;
    }
    let known = pinned.checkpoint();
    if known.origin() != checkpoint.origin() {
        return Err(ArchiveError::OtherLog {
            known: known.origin().to_owned(),
            found: checkpoint.origin().to_owned(),
        });
    }
    let (found, size) = (checkpoint.size(), known.size());
    if size > found {
        return Err(ArchiveError::Older { found, known: size });
    }
    if size == found {
        return match known.root() == checkpoint.root() {
            true => Ok(size),
            false => Err(ArchiveError::OtherRoot { known: size }),
        };
    }
    let continued = opened.continued.iter().find(|c| c.from() == size);
    let Some(continued) = continued else {
        return Err(ArchiveError::NotContinued { found, known: size });
    };
    if continued.checkpoint().checkpoint() != checkpoint {
        let title = format!("from-{size}.continuation");
        return Err(ArchiveError::Checkpoints { title });
    }
    let verified = continued.verify(known, key);
    verified.map_err(|source| ArchiveError::Fork {
        known: size,
        source: Box::new(source),
    })?;
    Ok(size)
}
