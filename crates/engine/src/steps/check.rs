//! Running a check, and keeping what it said.

use std::collections::BTreeMap;

use liftlock_core::CheckName;
use liftlock_core::decide::StepResult;
use liftlock_core::plan::Plan;
use liftlock_core::policy::CheckKind;
use liftlock_core::promotion::Promotion;
use liftlock_oci::Digest;

use crate::ports::{CheckOutcome, CheckRequest, Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// What a check is asked.
    pub(crate) fn check_request(
        &self,
        (promotion, plan): (&Promotion, &Plan),
        (name, kind, files): (&CheckName, &CheckKind, &BTreeMap<String, Digest>),
    ) -> CheckRequest {
        CheckRequest {
            context: self.context(promotion, plan),
            name: name.to_string(),
            kind: kind.clone(),
            files: files.clone(),
        }
    }

    /// The step's result, with what the check printed as a blob, and its report as evidence where
    /// the policy says so.
    pub(crate) async fn checked(
        &self,
        plan: &Plan,
        kind: &CheckKind,
        outcome: CheckOutcome,
    ) -> Result<StepResult, EngineError> {
        let mut result = StepResult {
            done: outcome.passed,
            summary: outcome.summary,
            output: None,
        };
        if let (CheckKind::K6(k6), Some(report)) = (kind, outcome.report)
            && let Some(gate) = &k6.evidence
        {
            let said = self.as_evidence(&plan.release, gate, report).await?;
            result.summary.push_str(&said);
        }
        self.with_output(result, &outcome.output).await
    }
}
