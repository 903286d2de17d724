//! Why a command stopped, in words a user can act on.

use std::borrow::Cow;

use liftlock_core::verdict::Verdict;
use liftlock_core::{Fault, Refusal};
use liftlock_engine::EngineError;
use liftlock_engine::ports::{AppendError, RegistryError, StoreError};
use liftlock_store::LogKeyError;
use serde_json::{Value, json};

use crate::done::Exit;

/// A command that stopped.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// A stable word for programs.
    pub code: Cow<'static, str>,
    /// What is wrong, and where.
    pub message: String,
    /// What to do, where the message does not say it.
    pub hint: Option<String>,
    /// More for programs.
    pub details: Value,
}

impl Failure {
    /// A failure with its exit code and its stable word.
    pub fn new(exit: Exit, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.into(),
            message: message.into(),
            hint: None,
            details: Value::Null,
        }
    }

    /// Something typed is not right.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The world is not as it must be.
    pub fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// With what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The document of `--json`.
    pub fn document(&self, command: &str) -> Value {
        json!({
            "version": 1,
            "command": command,
            "exit": self.exit as u8,
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "details": self.details,
            },
        })
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.fault() {
            Fault::Input => Exit::Usage,
            Fault::Rule => Exit::Refused,
            Fault::World => Exit::Failed,
            Fault::Wait => Exit::Waiting,
        };
        let mut failure = Self::new(exit, code(&refusal), refusal.to_string());
        match refusal {
            Refusal::Blocked {
                release,
                environment,
                verdicts,
            } => {
                failure.message = format!("{release} may not enter {environment}");
                failure.attach(&verdicts);
            }
            Refusal::NotYet {
                release,
                environment,
                verdicts,
            } => {
                failure.message = format!("{release} is waiting to enter {environment}");
                failure.attach(&verdicts);
            }
            _ => {}
        }
        failure
    }
}

impl Failure {
    fn attach(&mut self, verdicts: &[Verdict]) {
        self.details = json!({ "verdicts": verdicts });
        for verdict in verdicts {
            self.message.push('\n');
            self.message
                .push_str(&crate::show::verdicts::line(verdict, None));
        }
        let blocked = verdicts
            .iter()
            .filter(|v| v.answer == liftlock_core::verdict::Answer::Blocked);
        self.hint = blocked.filter_map(|v| v.help.clone()).next();
    }
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoPolicy => "no-policy",
        Refusal::Policy(_) => "policy",
        Refusal::Unknown { .. } => "unknown",
        Refusal::Invalid { .. } => "invalid",
        Refusal::Clock { .. } => "clock",
        Refusal::NotAllowed { .. } => "not-allowed",
        Refusal::ReleaseExists { .. } => "release-exists",
        Refusal::EnvironmentRepository { .. } => "environment-repository",
        Refusal::OtherRepository { .. } => "other-repository",
        Refusal::OtherImages { .. } => "other-images",
        Refusal::ImageNotYet { .. } => "image-not-yet",
        Refusal::OtherSubject { .. } => "other-subject",
        Refusal::CannotSign { .. } => "cannot-sign",
        Refusal::Older { .. } => "older",
        Refusal::ImageGone { .. } => "image-gone",
        Refusal::Tag { .. } => "tag",
        Refusal::WriteOnce { .. } => "write-once",
        Refusal::NotObserved { .. } => "not-observed",
        Refusal::Blocked { .. } => "blocked",
        Refusal::NotYet { .. } => "waiting",
        Refusal::NoPromotion { .. } => "no-promotion",
        Refusal::WrongStatus { .. } => "wrong-status",
        Refusal::NothingToReturnTo { .. } => "nothing-to-return-to",
        Refusal::Busy { .. } => "busy",
        Refusal::Elsewhere { .. } => "elsewhere",
        Refusal::DriftedFurther { .. } => "drifted-further",
        Refusal::NotFrozen { .. } => "not-frozen",
        Refusal::Revoked(_) => "revoked",
        Refusal::Approved { .. } => "approved",
        Refusal::NoApproval { .. } => "no-approval",
        Refusal::NoOverride { .. } => "no-override",
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => (*refusal).into(),
            EngineError::Store(error) => error.into(),
            EngineError::Append(AppendError::Store(error)) => error.into(),
            EngineError::Append(error) => Self::failed("append", error.to_string()),
            EngineError::Log(error) => Self::failed("ledger", error.to_string()),
            EngineError::Registry(error) => error.into(),
            EngineError::LeftBehind(error) => Self::failed("left-behind", error.to_string()),
            EngineError::Codec(error) => Self::failed("state", error.to_string()),
            error @ EngineError::Apply { .. } => Self::failed("state", error.to_string())
                .hint("run `liftlock log verify` to see whether the record was changed"),
            error @ EngineError::Lost { .. } => Self::failed("lease", error.to_string()),
            error @ EngineError::Contended { .. } => Self::failed("contended", error.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (exit, code) = match &error {
            StoreError::NotState { .. } => (Exit::Usage, "not-a-state"),
            StoreError::Newer { .. } => (Exit::Usage, "newer-state"),
            StoreError::Locked { .. } => (Exit::Failed, "locked"),
            StoreError::ReadOnly { .. } => (Exit::Failed, "read-only"),
            StoreError::Damaged { .. } => (Exit::Failed, "damaged"),
            StoreError::Remote { .. } => (Exit::Failed, "server"),
            StoreError::Unreachable { .. } | StoreError::Silent { .. } => {
                (Exit::Failed, "unreachable")
            }
            StoreError::Unknown { .. } => (Exit::Failed, "unknown-outcome"),
            StoreError::Database { .. } => (Exit::Failed, "database"),
        };
        Self::new(exit, code, error.to_string())
    }
}

impl From<LogKeyError> for Failure {
    fn from(error: LogKeyError) -> Self {
        let exit = match error {
            LogKeyError::Name { .. } | LogKeyError::Named { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, "log-key", error.to_string())
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        let code = match &error {
            RegistryError::NotFound { .. } => "not-found",
            RegistryError::Denied { .. } => "denied",
            RegistryError::Immutable { .. } => "immutable",
            RegistryError::Unreachable { .. } => "unreachable",
            RegistryError::Content { .. } => "content",
            RegistryError::Status { .. } => "registry",
        };
        Self::failed(code, error.to_string())
    }
}
