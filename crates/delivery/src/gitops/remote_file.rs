//! A branch of a repository elsewhere that holds one file and nothing else, such as a ledger's
//! published checkpoint.

use std::path::Path;

use liftlock_core::Span;
use liftlock_engine::ports::DeliveryError;

use super::git::{Branch, Change, Commit, Git};
use super::unfit;
use crate::session::Session;

/// How long everything that is done with one [`RemoteFile`] may take in all.
const WITHIN: Span = Span::from_secs(120);

/// The mode of a file that is nothing more.
const PLAIN: &str = "100644";

/// The branch, through a repository of our own that lives as long as this does.
#[derive(Debug)]
pub struct RemoteFile<'a> {
    git: Git<'a>,
    file: &'a str,
}

/// What the branch held when it was looked at.
#[derive(Debug)]
pub struct Held {
    head: Option<Commit>,
    text: Option<String>,
}

impl Held {
    /// The file's content; `None` where there is no such branch yet.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl<'a> RemoteFile<'a> {
    /// The file named `file` on the branch `branch` of `repository`, as git is told it. Programs
    /// run in `dir`.
    ///
    /// # Errors
    /// [`DeliveryError::Start`] where there is no git, and [`DeliveryError::File`] where the folder
    /// for temporary files cannot be used.
    pub async fn open(
        dir: &Path,
        (repository, branch): (&'a str, &'a str),
        file: &'a str,
    ) -> Result<Self, DeliveryError> {
        let session = Session::plain(dir, WITHIN);
        let name = branch;
        let git = Git::open(session, Branch { repository, name }).await?;
        Ok(Self { git, file })
    }

    /// Looks what the branch holds.
    ///
    /// # Errors
    /// Those of git; [`DeliveryError::Answer`] where the branch holds anything but the file.
    pub async fn look(&self) -> Result<Held, DeliveryError> {
        if !self.git.is_there().await? {
            let (head, text) = (None, None);
            return Ok(Held { head, text });
        }
        let head = self.git.fetch().await?;
        if self.git.names(&head).await? != [self.file] {
            let problem = "the branch holds other things too; give it a branch of its own";
            return Err(unfit(self.file, &problem));
        }
        let text = self.git.read(&head, self.file).await?.text;
        let (head, text) = (Some(head), Some(text));
        Ok(Held { head, text })
    }

    /// Puts a commit with this content upon what was looked at, and nothing else: `false` where
    /// somebody else was faster. What is there is never written over.
    ///
    /// # Errors
    /// Those of git; where the push was refused and nobody was faster, what was said.
    pub async fn put(&self, upon: &Held, text: &str, message: &str) -> Result<bool, DeliveryError> {
        let change = Change {
            path: self.file.to_owned(),
            mode: PLAIN.to_owned(),
            text: text.to_owned(),
        };
        let head = upon.head.as_ref();
        let commit = self.git.commit(head, &[change], message).await?;
        let Err(refused) = self.git.push(&commit).await else {
            return Ok(true);
        };
        match self.look().await?.head == upon.head {
            true => Err(refused),
            false => Ok(false),
        }
    }
}
