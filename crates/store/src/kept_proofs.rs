//! Proofs of promotions, kept beside the ledger until they are beside their images, and after.

use liftlock_engine::ports::{KeptProof, StoreError};

use crate::database::DatabaseStore;
use crate::db::query;
use crate::sql;

/// The most proofs that are given at once.
const PROOFS_MAX: i64 = 100;

type Columns = (String, String, Vec<u8>, Vec<u8>, i64);

impl DatabaseStore {
    pub(crate) async fn put_proof(
        &self,
        stream: &str,
        proof: KeptProof,
    ) -> Result<KeptProof, StoreError> {
        let fail = self.fail("keeping a proof");
        query(sql::PROOF_INSERT)
            .bind(stream)
            .bind(&proof.promotion)
            .bind(&proof.environment)
            .bind(proof.committed.as_slice())
            .bind(proof.ended.as_slice())
            .bind(proof.settled)
            .execute(&mut self.writing()?)
            .await
            .map_err(|e| fail.sql(e))?;
        // Another process may have been faster: what it put beside images is what counts.
        let kept = self.proof_of(stream, &proof.promotion).await?;
        Ok(kept.unwrap_or(proof))
    }

    /// None in a state that an older version made and nobody has written since.
    pub(crate) async fn proof_of(
        &self,
        stream: &str,
        promotion: &str,
    ) -> Result<Option<KeptProof>, StoreError> {
        let found = query(sql::PROOF)
            .bind(stream)
            .bind(promotion)
            .optional::<Columns>(&mut self.reading())
            .await;
        let fail = self.fail("reading a proof");
        match found {
            Err(error) if fail.lacks_table(&error) => Ok(None),
            found => Ok(found.map_err(|e| fail.sql(e))?.map(kept)),
        }
    }

    pub(crate) async fn proofs_left(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<KeptProof>, StoreError> {
        let found = query(sql::PROOFS_UNSETTLED)
            .bind(stream)
            .bind(environment)
            .bind(PROOFS_MAX)
            .all::<Columns>(&mut self.reading())
            .await
            .map_err(|e| self.fail("reading proofs").sql(e))?;
        Ok(found.into_iter().map(kept).collect())
    }

    pub(crate) async fn proof_settled(
        &self,
        stream: &str,
        promotion: &str,
    ) -> Result<(), StoreError> {
        query(sql::PROOF_SETTLE)
            .bind(stream)
            .bind(promotion)
            .execute(&mut self.writing()?)
            .await
            .map_err(|e| self.fail("keeping a proof").sql(e))?;
        Ok(())
    }
}

fn kept((promotion, environment, committed, ended, settled): Columns) -> KeptProof {
    KeptProof {
        promotion,
        environment,
        committed,
        ended,
        settled: settled == 1,
    }
}
