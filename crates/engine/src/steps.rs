//! One file a step. Each can be run again: a step that was begun by a process that is gone is
//! simply run once more.

mod as_evidence;
mod check;
mod copy;
mod deploy;
mod keep;
mod observe;
mod restore;
mod sign;
mod tag;

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_core::attestation::stated;
use liftlock_core::decide::StepResult;
use liftlock_core::plan::{Plan, Step};
use liftlock_core::policy::Deploy;
use liftlock_core::promotion::Promotion;
use liftlock_oci::Digest;

use crate::ports::{
    Clock, CopyReport, Delivery, DeliveryContext, DeployRequest, Registries, Store,
};
use crate::{Engine, EngineError, Progress};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Runs a step, whose place in its promotion is `number` of `of`. What the world answers is the step's result; an error here means that the
    /// result could not even be recorded.
    pub(crate) async fn run(
        &self,
        promotion: &Promotion,
        (number, of): (u32, u32),
        step: &Step,
    ) -> Result<StepResult, EngineError> {
        let Some(plan) = &promotion.plan else {
            return Ok(crate::execute::not_done("there is no plan"));
        };
        let result = match step {
            Step::Keep { image, tag } => keep::run(&self.registries, image, tag.as_ref()).await,
            Step::Copy {
                image,
                to,
                tag,
                where_missing,
            } => {
                let copying = copy::Copying {
                    image,
                    to,
                    tag: tag.as_ref(),
                    where_missing: *where_missing,
                };
                let report = self.copy_report(promotion, (number, of));
                copy::run(&self.registries, copying, report).await
            }
            Step::Deploy { deploy, files } => {
                let request = self.deployment(promotion, plan, deploy, files);
                let (result, output) = deploy::run(&self.delivery, &request).await;
                self.with_output(result, &output).await?
            }
            Step::Observe { deploy, files } => {
                let request = self.deployment(promotion, plan, deploy, files);
                observe::run(&self.delivery, &request).await
            }
            Step::Sign { key, public, .. } => {
                let state = self.state().await?;
                match stated(&state, promotion, number - 1) {
                    None => crate::execute::not_done("what is to be signed is not in the record"),
                    Some(stated) => match self.as_of(stated, number - 1).await {
                        Ok(stated) => sign::run(&*self.attestations, &stated, (key, public)).await,
                        Err(error) => crate::execute::not_done(error.to_string()),
                    },
                }
            }
            Step::Check {
                name, kind, files, ..
            } => {
                let request = self.check_request((promotion, plan), (name, kind, files));
                let outcome = self.delivery.check(&request).await;
                self.checked(plan, kind, outcome).await?
            }
            Step::Tag {
                image,
                tag,
                expected,
            } => tag::run(&self.registries, image, tag, *expected).await,
            Step::Restore {
                repository,
                tag,
                ours,
                to,
            } => restore::run(&self.registries, (repository, tag), *ours, *to).await,
        };
        Ok(result)
    }

    /// Tells how far a copy is as the progress of its step.
    fn copy_report(&self, promotion: &Promotion, (number, of): (u32, u32)) -> CopyReport {
        let (report, promotion) = (self.report(), promotion.request.id);
        Arc::new(move |copied| {
            report(&Progress::Copying {
                promotion,
                number,
                of,
                copied: *copied,
            });
        })
    }

    /// Keeps what was printed as a blob, beside the ledger.
    async fn with_output(
        &self,
        mut result: StepResult,
        output: &[u8],
    ) -> Result<StepResult, EngineError> {
        if !output.is_empty() {
            result.output = Some(self.store.put_blob(output).await?);
        }
        Ok(result)
    }

    pub(crate) fn context(&self, promotion: &Promotion, plan: &Plan) -> DeliveryContext {
        DeliveryContext {
            pipeline: self.pipeline.clone(),
            environment: plan.environment.clone(),
            release: plan.release.clone(),
            promotion: promotion.request.id.to_string(),
            images: plan.images.clone(),
            watched: false,
        }
    }

    fn deployment(
        &self,
        promotion: &Promotion,
        plan: &Plan,
        deploy: &Deploy,
        files: &BTreeMap<String, Digest>,
    ) -> DeployRequest {
        let context = self.context(promotion, plan);
        DeployRequest {
            context,
            deploy: deploy.clone(),
            files: files.clone(),
        }
    }
}
