//! Who moved a tag, by a registry's word: the last one of each tag.

use liftlock_engine::ports::StoreError;
use liftlock_hooks::incoming::{Change, Pushed};
use liftlock_oci::{Digest, Repository, Tag};

use super::sql;
use crate::database::DatabaseStore;
use crate::db::query;

/// What a registry said of a tag: where it was moved, by whom and when, in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfTag {
    /// Where it was moved; `None`: it was taken away.
    pub digest: Option<Digest>,
    /// By whom; `None` where the registry did not say.
    pub by: Option<String>,
    /// When, by the registry's clock, or else when it was heard; in microseconds since 1970.
    pub at_us: i64,
}

impl DatabaseStore {
    /// Keeps what a registry said of a tag, in the place of what it said before. What names no tag
    /// is not kept. It is to be kept for tags of environments alone: of others there may be many.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn keep_push(&self, pushed: &Pushed, heard_us: i64) -> Result<(), StoreError> {
        let Some(tag) = &pushed.tag else {
            return Ok(());
        };
        let digest = pushed.digest.filter(|_| pushed.change == Change::Pushed);
        let put = query(sql::PUSH_PUT)
            .bind(pushed.repository.to_string())
            .bind(tag.as_str())
            .bind(digest.map(|digest| digest.to_string()).unwrap_or_default())
            .bind(pushed.by.as_deref().unwrap_or_default())
            .bind(pushed.at.map_or(heard_us, |at| at.us()));
        let put = put.execute(&mut self.writing()?).await;
        let fail = self.fail("keeping what a registry said");
        put.map(drop).map_err(|e| fail.sql(e))
    }

    /// What a registry said last of a tag. It proves nothing.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be read.
    pub async fn said_of_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<SaidOfTag>, StoreError> {
        let fail = self.fail("reading what a registry said");
        let find = query(sql::PUSH)
            .bind(repository.to_string())
            .bind(tag.as_str());
        let found = find
            .optional::<(String, String, i64)>(&mut self.reading())
            .await;
        let found = match found {
            Err(error) if fail.lacks_table(&error) => None,
            found => found.map_err(|e| fail.sql(e))?,
        };
        Ok(found.map(|(digest, by, at_us)| SaidOfTag {
            digest: digest.parse().ok(),
            by: (!by.is_empty()).then_some(by),
            at_us,
        }))
    }
}
