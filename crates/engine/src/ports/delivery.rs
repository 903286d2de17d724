//! Deployers and checks, as the engine needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::future::Future;

use liftlock_core::evidence::ReportFacts;
use liftlock_core::policy::{CheckKind, Deploy};
use liftlock_core::{EnvironmentName, ImageKey, PipelineName, ReleaseName, Span};
use liftlock_oci::{Digest, PinnedRef};

/// The most of a program's output that is kept, in bytes; the rest is cut from its middle.
pub const OUTPUT_BYTES_MAX: usize = 256 * 1024;

/// What deploys releases and checks them. Every operation can be run again.
pub trait Delivery: Send + Sync {
    /// Deploys exactly these digests, and returns when the deployer says that they run.
    fn deploy(
        &self,
        request: &DeployRequest,
    ) -> impl Future<Output = Result<Delivered, DeliveryError>> + Send;

    /// The digests that run now, for each image that the deployer can tell about; an image it
    /// cannot tell about is not in the map.
    fn running(
        &self,
        request: &DeployRequest,
    ) -> impl Future<Output = Result<BTreeMap<ImageKey, BTreeSet<Digest>>, DeliveryError>> + Send;

    /// Runs one check to its end.
    fn check(&self, request: &CheckRequest) -> impl Future<Output = CheckOutcome> + Send;

    /// Ends programs that a process which is gone left running for this environment; gives a
    /// line for each. Called under the environment's lease, while no program runs for it.
    ///
    /// # Errors
    /// [`DeliveryError::LeftBehind`] where one may still run: then nothing else may be done.
    fn end_left_behind(
        &self,
        pipeline: &PipelineName,
        environment: &EnvironmentName,
    ) -> impl Future<Output = Result<Vec<String>, DeliveryError>> + Send;
}

/// What is delivered, and for which promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryContext {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The release.
    pub release: ReleaseName,
    /// The promotion's id.
    pub promotion: String,
    /// The release's images.
    pub images: BTreeMap<ImageKey, PinnedRef>,
    /// Whether what is there is only watched: no lease is held, and nothing that is left behind
    /// could undo anything.
    pub watched: bool,
}

/// A deployment to make or to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployRequest {
    /// What and for whom.
    pub context: DeliveryContext,
    /// How.
    pub deploy: Deploy,
    /// SHA-256 of each file it names, as adopted: checked again before use.
    pub files: BTreeMap<String, Digest>,
}

/// A check to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRequest {
    /// What is checked.
    pub context: DeliveryContext,
    /// The check's name.
    pub name: String,
    /// What to run.
    pub kind: CheckKind,
    /// SHA-256 of each file it names, as adopted: checked again before use.
    pub files: BTreeMap<String, Digest>,
}

/// A deployment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What the deployer printed, at most [`OUTPUT_BYTES_MAX`].
    pub output: Vec<u8>,
    /// One line on what was done, where there is more to say than that it was deployed.
    pub summary: Option<String>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOutcome {
    /// Whether it passed.
    pub passed: bool,
    /// One line: what was seen, and for a failure what was expected.
    pub summary: String,
    /// What it printed or answered, at most [`OUTPUT_BYTES_MAX`].
    pub output: Vec<u8>,
    /// The report that it wrote, where it writes one, and what that says.
    pub report: Option<(Vec<u8>, ReportFacts)>,
}

/// Why a deployment was not made, or could not be looked at or ended.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// A file the policy names is not there or not readable.
    #[error("{file} cannot be read: {message}")]
    File {
        /// The file, as the policy names it.
        file: String,
        /// Why.
        message: String,
    },
    /// A file is not what was adopted.
    #[error(
        "{file} has changed since the policy was adopted (adopted {adopted}, now {found}); run `liftlock policy apply`"
    )]
    FileChanged {
        /// The file, as the policy names it.
        file: String,
        /// Its digest at adoption.
        adopted: Digest,
        /// Its digest now.
        found: Digest,
    },
    /// The program could not be started.
    #[error("{program} cannot be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// The cause.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The program failed.
    #[error("{program} failed with {status}: {message}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
        /// The last line it printed.
        message: String,
        /// What it printed.
        output: Vec<u8>,
    },
    /// The program took too long and was ended.
    #[error("{program} did not end within {within}, and was ended")]
    Timeout {
        /// The program.
        program: String,
        /// The limit.
        within: Span,
        /// What it had printed.
        output: Vec<u8>,
    },
    /// What the deployer answered makes no sense.
    #[error("{what}: {message}")]
    Answer {
        /// What was asked.
        what: String,
        /// What is wrong with the answer.
        message: String,
    },
    /// Where this runs, policies may not have it done.
    #[error(
        "{what} is not allowed here; whoever operates this server names what is with --allow-program and --allow-host"
    )]
    NotAllowed {
        /// What.
        what: String,
    },
    /// A program that was left running could not be ended.
    #[error("{program} could not be ended: {message}")]
    LeftBehind {
        /// The program, and for what it ran.
        program: String,
        /// Why, and what to do.
        message: String,
    },
}
