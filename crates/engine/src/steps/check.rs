//! Running a check.

use std::collections::BTreeMap;

use liftlock_core::CheckName;
use liftlock_core::decide::StepResult;
use liftlock_core::policy::CheckKind;
use liftlock_oci::Digest;

use crate::ports::{CheckRequest, Delivery, DeliveryContext};

/// The result, and what was printed.
pub(super) async fn run<D: Delivery>(
    delivery: &D,
    context: DeliveryContext,
    (name, kind, files): (&CheckName, &CheckKind, &BTreeMap<String, Digest>),
) -> (StepResult, Vec<u8>) {
    let request = CheckRequest {
        context,
        name: name.to_string(),
        kind: kind.clone(),
        files: files.clone(),
    };
    let outcome = delivery.check(&request).await;
    let result = StepResult {
        done: outcome.passed,
        summary: outcome.summary,
        output: None,
    };
    (result, outcome.output)
}
