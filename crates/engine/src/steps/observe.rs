//! Reading back which digests run.

use liftlock_core::decide::StepResult;
use liftlock_core::drift::{Running, running};

use crate::execute::{done, not_done};
use crate::ports::{Delivery, DeployRequest};

pub(super) async fn run<D: Delivery>(delivery: &D, request: &DeployRequest) -> StepResult {
    match delivery.running(request).await {
        Ok(found) => match running(&request.deploy, &request.context.images, &found) {
            Running::AsPlanned(summary) => done(summary),
            Running::Otherwise(summary) => not_done(summary),
        },
        Err(error) => not_done(error.to_string()),
    }
}
