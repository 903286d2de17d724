//! Deploying by digest.

use liftlock_core::decide::StepResult;

use crate::execute::{done, not_done};
use crate::ports::{Delivery, DeliveryError, DeployRequest};

/// The result, and what was printed.
pub(super) async fn run<D: Delivery>(
    delivery: &D,
    request: &DeployRequest,
) -> (StepResult, Vec<u8>) {
    match delivery.deploy(request).await {
        Ok(delivered) => {
            let deployed = || format!("deployed {}", request.context.release);
            let summary = delivered.summary.unwrap_or_else(deployed);
            (done(summary), delivered.output)
        }
        Err(error) => {
            let result = not_done(error.to_string());
            let output = match error {
                DeliveryError::Failed { output, .. } | DeliveryError::Timeout { output, .. } => {
                    output
                }
                _ => Vec::new(),
            };
            (result, output)
        }
    }
}
