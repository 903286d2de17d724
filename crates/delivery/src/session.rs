//! The programs of one deployment: one environment, one deadline.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use liftlock_core::Span;
use liftlock_engine::ports::{DeliveryContext, DeliveryError};

use crate::environment::{environment, inherited};
use crate::local::LocalDelivery;
use crate::note::Noting;
use crate::program::Program;

/// What the programs of one deployment share.
#[derive(Debug)]
pub(crate) struct Session {
    environment: BTreeMap<OsString, OsString>,
    dir: PathBuf,
    noted: Option<DeliveryContext>,
    start: Instant,
    within: Span,
}

impl Session {
    /// A session that deploys: it starts now and may take `within` in all.
    pub(crate) fn new(
        local: &LocalDelivery,
        context: &DeliveryContext,
        within: Span,
    ) -> Result<Self, DeliveryError> {
        let noted = Some(context.clone());
        Ok(Self {
            noted,
            ..Self::look(local, context, within)?
        })
    }

    /// A session that changes nothing: others may look, or deploy, at the same time.
    pub(crate) fn look(
        local: &LocalDelivery,
        context: &DeliveryContext,
        within: Span,
    ) -> Result<Self, DeliveryError> {
        Ok(Self {
            environment: environment(context, local.pass_env(), &BTreeMap::new())?,
            dir: local.base_dir().to_owned(),
            noted: None,
            start: Instant::now(),
            within,
        })
    }

    /// A session of nothing that is deployed: its programs are told of no release.
    pub(crate) fn plain(dir: &Path, within: Span) -> Self {
        Self {
            environment: inherited(&[]),
            dir: dir.to_owned(),
            noted: None,
            start: Instant::now(),
            within,
        }
    }

    /// What is left of its time.
    pub(crate) fn left(&self) -> Span {
        let used = i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.within.left_after(Span::from_us(used))
    }

    /// With more variables for its programs.
    pub(crate) fn with(mut self, more: impl IntoIterator<Item = (&'static str, OsString)>) -> Self {
        let more = more.into_iter().map(|(name, value)| (name.into(), value));
        self.environment.extend(more);
        self
    }

    /// How long it may take in all.
    pub(crate) fn within(&self) -> Span {
        self.within
    }

    /// Runs a program and returns what it printed.
    pub(crate) async fn run(
        &self,
        name: &str,
        arguments: &[String],
    ) -> Result<Vec<u8>, DeliveryError> {
        self.program(name, arguments)
            .run()
            .await
            .map_err(|e| self.whole(e))
    }

    /// Runs a program and returns its standard output.
    pub(crate) async fn answer(
        &self,
        name: &str,
        arguments: &[String],
    ) -> Result<String, DeliveryError> {
        self.program(name, arguments)
            .answer()
            .await
            .map_err(|e| self.whole(e))
    }

    fn program<'a>(&'a self, name: &'a str, arguments: &'a [String]) -> Program<'a> {
        Program {
            name,
            arguments,
            environment: &self.environment,
            dir: &self.dir,
            within: self.left(),
            noted: self.noted.as_ref().map(|context| Noting {
                context,
                check: None,
            }),
        }
    }

    /// The limit a user knows is the session's, not what was left of it for one program.
    fn whole(&self, error: DeliveryError) -> DeliveryError {
        match error {
            DeliveryError::Timeout {
                program, output, ..
            } => DeliveryError::Timeout {
                program,
                within: self.within,
                output,
            },
            other => other,
        }
    }
}
