//! Payloads by digest.

use liftlock_engine::ports::StoreError;
use liftlock_oci::Digest;

use crate::database::DatabaseStore;
use crate::db::query;
use crate::sql;

/// The largest payload, in bytes: 32 MiB.
pub const BLOB_BYTES_MAX: usize = 32 << 20;

impl DatabaseStore {
    pub(crate) async fn keep_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let fail = self.fail("keeping a payload");
        if bytes.len() > BLOB_BYTES_MAX {
            let found = bytes.len();
            return Err(fail.other(format!("{found} bytes, over the limit of {BLOB_BYTES_MAX}")));
        }
        let digest = Digest::of(bytes);
        query(sql::BLOB_INSERT)
            .bind(digest.to_string())
            .bind(bytes)
            .execute(&mut self.writing()?)
            .await
            .map_err(|e| fail.sql(e))?;
        Ok(digest)
    }

    pub(crate) async fn load_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let fail = self.fail("reading a payload");
        let found = query(sql::BLOB)
            .bind(digest.to_string())
            .bind(BLOB_BYTES_MAX as i64)
            .optional::<(Option<Vec<u8>>,)>(&mut self.reading())
            .await
            .map_err(|e| fail.sql(e))?;
        match found {
            None => Ok(None),
            Some((Some(bytes),)) if Digest::of(&bytes) == *digest => Ok(Some(bytes)),
            Some(_) => Err(fail.damaged(format!("the payload {digest} was changed"))),
        }
    }
}
