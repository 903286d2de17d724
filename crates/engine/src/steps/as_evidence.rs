//! What a check reports, as evidence.

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::ReportFacts;
use liftlock_core::{EvidenceId, GateName, ReleaseName};

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError, Submission};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Submits a check's report for a gate, in the name of who carries the promotion out, or
    /// watches, before the check's end is recorded: a check that is run again after a crash submits again, and the
    /// last counts. Who may not submit it changes nothing for the check; the words say so.
    pub(crate) async fn as_evidence(
        &self,
        release: &ReleaseName,
        gate: &GateName,
        (report, facts): (Vec<u8>, ReportFacts),
    ) -> Result<String, EngineError> {
        let evidence = NewEvidence {
            release: release.clone(),
            gate: gate.clone(),
            image: None,
            finding: None,
            report: Some(facts),
            url: None,
            note: None,
        };
        let submission = Submission {
            evidence,
            report: Some(report),
            note: None,
            dry_run: false,
        };
        match self.submit(submission).await {
            Ok(recorded) => {
                let id = EvidenceId(recorded.state.evidence.len() as u64);
                Ok(format!("; {id} for {gate}"))
            }
            Err(EngineError::Refused(refusal)) => {
                Ok(format!("; no evidence for {gate}: {refusal}"))
            }
            Err(error) => Err(error),
        }
    }
}
