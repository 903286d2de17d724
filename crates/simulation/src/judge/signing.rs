//! What the product signs: of a promotion whose step says so, with the policy's key, what is in the
//! record, and each time the same.

use liftlock_core::attestation::{Details, Stated, What};
use liftlock_core::plan::Step;
use liftlock_core::policy::PublicKey;
use liftlock_core::{EvidenceId, KeyName, PromotionId};

use super::Judge;
use super::book::{Attempt, Book};
use crate::records::Records;
use crate::world::ProcessId;

impl Judge {
    /// Something is about to be signed.
    pub(crate) fn signing(
        &mut self,
        stated: &Stated,
        (name, public): (&KeyName, &PublicKey),
        process: ProcessId,
        records: &Records,
    ) -> Result<(), String> {
        let what = match stated.details {
            Details::Admitted(_) => What::Admitted,
            Details::Verified(_) => What::Verified,
        };
        let said = |step: &Step| match step {
            Step::Sign {
                what: said,
                key,
                public: known,
            } => *said == what && key == name && known == public,
            _ => false,
        };
        let id = stated.promotion;
        let mut acting = self.acting(process, records);
        let attempt =
            acting.find(|attempt| attempt.request.id == id && attempt.under_hand().any(said));
        let attempt = attempt
            .ok_or_else(|| format!("something of {id} is signed, which no step under way says"))?;
        let judged = is_so(&self.book, attempt, stated);
        let known = (id, attempt.committed, what == What::Verified);
        drop(acting);
        judged?;
        let before = self.stated.entry(known).or_insert_with(|| stated.clone());
        match before == stated {
            true => Ok(()),
            false => Err(format!(
                "{id} states another thing than before: {before:?}, {stated:?}"
            )),
        }
    }
}

/// Of which promotion, since which commit, and whether it is the second statement.
pub(super) type Statement = (PromotionId, u64, bool);

fn is_so(book: &Book, attempt: &Attempt, stated: &Stated) -> Result<(), String> {
    let id = stated.promotion;
    let release = &book.releases[&stated.release];
    let plan = attempt.plan.as_ref().ok_or("nothing is planned")?;
    let given = |approval: &liftlock_core::attestation::StatedApproval| {
        attempt.approvals.iter().any(|given| {
            given.at == approval.at
                && given.by == approval.by.actor
                && given.content.gates == approval.gates
                && !given.withdrawn
        })
    };
    let recorded = |id: &EvidenceId| {
        let mut pieces = book.evidence.iter();
        pieces.any(|piece| piece.content.id == *id && piece.at <= stated.at)
    };
    let details = match &stated.details {
        Details::Admitted(admitted) => {
            admitted.approvals.iter().all(given)
                && admitted.evidence.iter().all(|piece| recorded(&piece.id))
        }
        Details::Verified(verified) => {
            verified.deployed == attempt.deploys()
                && plan.steps.iter().zip(0..).all(|(step, place)| match step {
                    Step::Check { .. } => attempt.forward.done.contains(&place),
                    _ => true,
                })
        }
    };
    let wrong = [
        (
            stated.environment != attempt.request.environment,
            "another environment",
        ),
        (stated.release != attempt.request.release, "another release"),
        (stated.set != release.content.set_digest(), "other digests"),
        (stated.images != plan.places(), "other places"),
        (stated.policy != plan.policy, "another policy"),
        (stated.requester.actor != attempt.by, "another requester"),
        (!details, "what is not so"),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, what)) => Err(format!("{id} states {what}")),
        None => Ok(()),
    }
}
