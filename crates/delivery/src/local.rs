//! Delivery from this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use liftlock_core::policy::{CheckKind, Deploy};
use liftlock_core::{EnvironmentName, ImageKey, PipelineName};
use liftlock_engine::ports::{
    CheckOutcome, CheckRequest, Delivered, Delivery, DeliveryError, DeployRequest,
};
use liftlock_oci::Digest;

use crate::allowed::Allowed;
use crate::command::{self, Declared};
use crate::compose::{self, Project};
use crate::note::Noting;
use crate::{files, gitops, http, k6, left_behind, prometheus};

/// What a [`LocalDelivery`] may do beyond what the pipeline file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// Names of more environment variables that programs get from this process's own
    /// environment, such as `DOCKER_HOST`; PATH and HOME are always passed on.
    pub pass_env: Vec<String>,
    /// What policies may have run and asked; nothing here means everything, for a machine whose
    /// user writes the policy.
    pub allowed: Option<Allowed>,
}

/// Deploys and checks with programs and requests of this machine.
///
/// HTTP checks use the proxies of this process's environment, but never for loopback.
#[derive(Debug, Clone)]
pub struct LocalDelivery {
    base_dir: PathBuf,
    options: DeliveryOptions,
}

impl LocalDelivery {
    /// Delivers for the pipeline whose file is in `base_dir`: programs run there, and the
    /// paths a policy names are relative to it.
    pub fn new(base_dir: PathBuf, options: DeliveryOptions) -> Self {
        // A relative program would otherwise be looked up from a place that depends on the
        // system. It fails only for an empty path, or where the working directory is gone.
        let base_dir = if base_dir.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            base_dir
        };
        let base_dir = std::path::absolute(&base_dir).unwrap_or(base_dir);
        Self { base_dir, options }
    }

    pub(crate) fn base_dir(&self) -> &Path {
        &self.base_dir
    }

    pub(crate) fn pass_env(&self) -> &[String] {
        &self.options.pass_env
    }
}

impl Delivery for LocalDelivery {
    async fn deploy(&self, request: &DeployRequest) -> Result<Delivered, DeliveryError> {
        if let Some(allowed) = &self.options.allowed {
            allowed.deployment(&request.deploy)?;
        }
        files::verify(&self.base_dir, &request.deploy.files(), &request.files).await?;
        match &request.deploy {
            Deploy::Compose {
                files,
                services,
                project,
                within,
                profiles,
            } => {
                let project = Project {
                    files,
                    services,
                    name: project.as_deref(),
                    profiles,
                };
                compose::deploy(self, &request.context, project, *within).await
            }
            Deploy::Command {
                command,
                env,
                within,
            } => {
                let declared = Declared {
                    command,
                    env,
                    within: *within,
                };
                command::deploy(self, &request.context, declared).await
            }
            Deploy::Gitops(declared) => gitops::deploy(self, &request.context, declared).await,
        }
    }

    async fn running(
        &self,
        request: &DeployRequest,
    ) -> Result<BTreeMap<ImageKey, BTreeSet<Digest>>, DeliveryError> {
        if let Some(allowed) = &self.options.allowed {
            allowed.deployment(&request.deploy)?;
        }
        match &request.deploy {
            Deploy::Compose {
                files,
                services,
                project,
                profiles,
                ..
            } => {
                files::verify(&self.base_dir, &request.deploy.files(), &request.files).await?;
                let project = Project {
                    files,
                    services,
                    name: project.as_deref(),
                    profiles,
                };
                compose::running(self, &request.context, project).await
            }
            // A program only says that it deployed, not what runs now.
            Deploy::Command { .. } => Ok(BTreeMap::new()),
            // What the branch says is all that can be known here.
            Deploy::Gitops(declared) => gitops::running(self, &request.context, declared).await,
        }
    }

    async fn check(&self, request: &CheckRequest) -> CheckOutcome {
        let named = request.kind.files();
        let allowed = self.options.allowed.as_ref();
        if let Err(error) = allowed.map_or(Ok(()), |allowed| allowed.check(&request.kind)) {
            return not_run(&error);
        }
        if let Err(error) = files::verify(&self.base_dir, &named, &request.files).await {
            return not_run(&error);
        }
        let noting = Noting {
            context: &request.context,
            check: Some(&request.name),
        };
        match &request.kind {
            CheckKind::Http(wanted) => http::check(self, wanted).await,
            CheckKind::Command {
                command,
                env,
                within,
            } => {
                let declared = Declared {
                    command,
                    env,
                    within: *within,
                };
                command::check(self, noting, declared).await
            }
            CheckKind::K6(wanted) => k6::check(self, noting, wanted).await,
            CheckKind::Prometheus(wanted) => prometheus::check(self, wanted).await,
        }
    }

    async fn end_left_behind(
        &self,
        pipeline: &PipelineName,
        environment: &EnvironmentName,
    ) -> Result<Vec<String>, DeliveryError> {
        left_behind::end(&self.base_dir, pipeline, environment).await
    }
}

/// A check that was not run, and so has not passed.
fn not_run(error: &DeliveryError) -> CheckOutcome {
    CheckOutcome {
        passed: false,
        summary: error.to_string(),
        output: Vec::new(),
        report: None,
    }
}
