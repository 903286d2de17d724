//! Submitting evidence, approving, and the other verbs that only record.

use liftlock_core::decide::NewEvidence;
use liftlock_core::{Command, EnvironmentName, GateName, Refusal, ReleaseName};
use liftlock_oci::Digest;

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError, Recorded};

/// Evidence with its payloads, which are kept as blobs.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The evidence.
    pub evidence: NewEvidence,
    /// The report's bytes.
    pub report: Option<Vec<u8>>,
    /// A note.
    pub note: Option<String>,
    /// Whether to stop before anything is changed.
    pub dry_run: bool,
}

/// The longest note or comment, in bytes.
const NOTE_BYTES_MAX: usize = 16 * 1024;

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Submits evidence. Nothing is kept of a submission that is refused.
    pub async fn submit(&self, submission: Submission) -> Result<Recorded, EngineError> {
        let Submission {
            mut evidence,
            report,
            note,
            dry_run,
        } = submission;
        let note = note.map(|note| bounded("the note", note)).transpose()?;
        evidence.note = note.as_deref().map(|note| Digest::of(note.as_bytes()));
        let command = Command::AddEvidence(Box::new(evidence));
        let would = self.would(&command).await?;
        if dry_run {
            return Ok(would);
        }
        for payload in [report, note.map(String::into_bytes)].into_iter().flatten() {
            self.store.put_blob(&payload).await?;
        }
        self.record(&command, None).await
    }

    /// Approves the open promotion of a release, whose digests as they were shown are `set`.
    pub async fn approve(
        &self,
        (release, environment): (&ReleaseName, &EnvironmentName),
        gates: Vec<GateName>,
        set: Digest,
        comment: Option<String>,
        dry_run: bool,
    ) -> Result<Recorded, EngineError> {
        let comment = comment
            .map(|comment| bounded("the comment", comment))
            .transpose()?;
        let command = Command::Approve {
            release: release.clone(),
            environment: environment.clone(),
            gates,
            set,
            comment: comment
                .as_deref()
                .map(|comment| Digest::of(comment.as_bytes())),
        };
        let would = self.would(&command).await?;
        if dry_run {
            return Ok(would);
        }
        if let Some(comment) = comment {
            self.store.put_blob(comment.as_bytes()).await?;
        }
        self.record(&command, None).await
    }

    /// Records a command that needs no payload; with `dry_run`, only what it would record.
    pub async fn submit_command(
        &self,
        command: &Command,
        dry_run: bool,
    ) -> Result<Recorded, EngineError> {
        if dry_run {
            self.would(command).await
        } else if let Command::Adopt { .. } = command {
            self.sum_everywhere().await?;
            self.record(command, None).await
        } else {
            self.record(command, None).await
        }
    }
}

fn bounded(what: &str, text: String) -> Result<String, Refusal> {
    if text.len() > NOTE_BYTES_MAX {
        let message = format!("is longer than {NOTE_BYTES_MAX} bytes");
        return Err(Refusal::Invalid {
            what: what.to_owned(),
            message,
        });
    }
    Ok(text)
}
