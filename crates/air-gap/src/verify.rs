//! All of an archive, checked.

use liftlock_registry::CopyReport;

use crate::{ArchiveError, Beside, Content, Ledger, Opened, Trust, attestations, content, ledger};

/// An archive of which everything was checked that can be checked with what was given.
#[derive(Debug)]
pub struct Verified<'a> {
    pub(crate) opened: &'a Opened,
    /// The bytes.
    pub content: Content,
    /// The ledger.
    pub ledger: Ledger,
    /// What is signed, by image.
    pub beside: Vec<Beside>,
}

impl Opened {
    /// Checks all of it, the cheap before the dear: the proofs and what they prove, then every byte
    /// of every image, then what is signed beside them. Nothing of it is used before.
    ///
    /// # Errors
    /// [`ArchiveError`], the first that was found.
    pub async fn verify(
        &self,
        trust: &Trust,
        report: &CopyReport,
    ) -> Result<Verified<'_>, ArchiveError> {
        let ledger = ledger::check(self, trust)?;
        let (content, graphs) = content::check(self, report).await?;
        let beside = attestations::check(self, &graphs, trust).await?;
        Ok(Verified {
            opened: self,
            content,
            ledger,
            beside,
        })
    }
}
