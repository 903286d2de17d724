//! What is in a state, and where it is kept.

use std::path::PathBuf;

use liftlock_core::state::FOLD_VERSION;
use liftlock_oci::Digest;

use crate::history::{EVENTS_MIN, Length, release};
use crate::options::{Kind, Options};
use crate::policy::policy;
use crate::trouble::Trouble;

/// Rises when histories are made otherwise than before.
const MAKING: u32 = 1;

/// What a state holds.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pipelines: usize,
    length: Length,
    histories: Vec<usize>,
    pub(crate) registry_port: u16,
    folder: PathBuf,
}

impl Plan {
    /// What is asked for.
    ///
    /// # Errors
    /// Where there is no such state.
    pub(crate) fn of(options: &Options) -> Result<Self, Trouble> {
        let pipelines = options.pipelines.max(1);
        let length = Length {
            releases: options.releases / pipelines,
            events: options.events / pipelines,
        };
        let short = options.histories.iter().any(|events| *events < EVENTS_MIN);
        if length.releases == 0 || length.events < 10 * length.releases || short {
            let message = format!(
                "a pipeline has a release at least, a release ten events, a history {EVENTS_MIN}"
            );
            return Err(Trouble::Options(message));
        }
        let mut plan = Self {
            pipelines,
            length,
            histories: options.histories.clone(),
            registry_port: options.registry_port,
            folder: PathBuf::new(),
        };
        plan.folder = options.folder().join(plan.key()?);
        Ok(plan)
    }

    /// Each pipeline with its length.
    pub(crate) fn pipelines(&self) -> impl Iterator<Item = (String, Length)> {
        let usual = self.names().map(|name| (name, self.length));
        let others = self.histories.iter().map(|events| {
            let releases = (events / 10).clamp(1, 100_000);
            let releases = match events / 12 {
                0 => 1,
                most => releases.min(most),
            };
            let events = *events;
            (history(events), Length { releases, events })
        });
        usual.chain(others)
    }

    /// The pipelines that clients ask about.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        (0..self.pipelines).map(|nth| format!("p{nth:04}"))
    }

    /// The release that waits in each of them.
    pub(crate) fn waiting(&self) -> String {
        release(self.length.releases)
    }

    /// The pipelines of different lengths, with the release that waits.
    pub(crate) fn histories(&self) -> impl Iterator<Item = (usize, String, String)> {
        self.pipelines()
            .skip(self.pipelines)
            .map(|(name, length)| (length.events, name, release(length.releases)))
    }

    /// The folder in which states with this content are kept.
    pub(crate) fn kept(&self, kind: Kind) -> PathBuf {
        self.folder.join(kind.folder())
    }

    /// The folder of the registry, which all of them share.
    pub(crate) fn images(&self) -> PathBuf {
        self.folder.join("images")
    }

    /// What tells states with other content apart. A newer schema is the server's matter: it brings
    /// the copy to it.
    fn key(&self) -> Result<String, Trouble> {
        let policy = policy("p", self.registry_port)?;
        let policy = serde_json::to_string(&policy).unwrap_or_default();
        let said = format!(
            "{MAKING} {FOLD_VERSION} {} {:?} {:?} {policy}",
            self.pipelines, self.length, self.histories
        );
        Ok(Digest::of(said.as_bytes()).hex()[..16].to_owned())
    }
}

/// The name of the pipeline with so many events.
fn history(events: usize) -> String {
    format!("history-{events}")
}
