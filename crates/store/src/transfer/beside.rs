//! What is kept beside the ledger: payloads, proofs, observations, identities, what webhooks have
//! come to, answers to requests, and how often leases were taken.

use liftlock_oci::Digest;

use super::{Transfer, TransferError, sql};
use crate::blob::BLOB_BYTES_MAX;
use crate::db::{Columns, Query, query};
use crate::sql as rows;

/// How many small rows are read at once. Proofs, the largest of them, have some 200 KiB.
const ROWS: i64 = 100;

type Blob = (String, Option<Vec<u8>>);
type Proof = (i64, String, String, String, Vec<u8>, Vec<u8>, i64);
type Observation = (String, String, i64, String, i64, String, i64, Vec<u8>);
type Identity = (String, String, String, String, i64, i64, i64, i64);
type Lane = (String, String, i64, i64, i64, i64, i64, String);
type Dead = (String, i64, String, i64, i64, i64, String, i64);
type Request = (String, String, String, String, i64, i64, i64, String);
type Push = (String, String, String, String, i64);

impl Transfer<'_> {
    /// One at a time: they may be large.
    pub(super) async fn blobs(&mut self) -> Result<u64, TransferError> {
        let (mut count, mut last) = (0, String::new());
        loop {
            let next = query(sql::BLOBS).bind(&last).bind(BLOB_BYTES_MAX as i64);
            let next = next.optional::<Blob>(&mut self.read).await;
            let Some((digest, bytes)) = next.map_err(|e| self.from.sql(e))? else {
                return Ok(count);
            };
            let named = digest.parse::<Digest>().ok();
            let Some(bytes) = bytes.filter(|bytes| named == Some(Digest::of(bytes))) else {
                return Err(self.changed(format!("the payload {digest} was changed")));
            };
            let put = query(rows::BLOB_INSERT).bind(&digest).bind(bytes);
            self.put(put).await?;
            (count, last) = (count + 1, digest);
        }
    }

    pub(super) async fn proofs(&mut self) -> Result<u64, TransferError> {
        let first = query(sql::PROOFS).bind(0i64);
        self.table(first, |row: Proof| {
            let (id, stream, promotion, environment, committed, ended, settled) = row;
            let put = query(rows::PROOF_INSERT).bind(stream).bind(promotion);
            let put = put.bind(environment).bind(committed).bind(ended);
            (put.bind(settled), query(sql::PROOFS).bind(id))
        })
        .await
    }

    pub(super) async fn observations(&mut self) -> Result<u64, TransferError> {
        let first = query(sql::OBSERVATIONS).bind("").bind("").bind(0i64);
        self.table(first, |row: Observation| {
            let (stream, environment, n, check, at, promotion, passed, summary) = row;
            let next = query(sql::OBSERVATIONS).bind(stream.clone());
            let next = next.bind(environment.clone()).bind(n);
            let put = query(rows::OBSERVATION_INSERT)
                .bind(stream)
                .bind(environment);
            let put = put.bind(n).bind(check).bind(at).bind(promotion);
            (put.bind(passed).bind(summary), next)
        })
        .await
    }

    pub(super) async fn identities(&mut self) -> Result<u64, TransferError> {
        let first = query(sql::IDENTITIES).bind("").bind("");
        self.table(first, |row: Identity| {
            let (kind, id, owner, value, made, expires, used, ended) = row;
            let next = query(sql::IDENTITIES).bind(kind.clone()).bind(id.clone());
            let put = query(rows::RECORD_INSERT).bind(kind).bind(id).bind(owner);
            let put = put.bind(value).bind(made).bind(expires).bind(used);
            (put.bind(ended), next)
        })
        .await
    }

    /// What webhooks were told, what waits for them, and what was given up: so that nothing is sent
    /// again from the first entry on.
    pub(super) async fn hooks(&mut self) -> Result<(), TransferError> {
        let endpoints = query(sql::ENDPOINTS).bind("");
        self.table(endpoints, |(name, place): (String, i64)| {
            let next = query(sql::ENDPOINTS).bind(name.clone());
            (query(sql::ENDPOINT_PUT).bind(name).bind(place), next)
        })
        .await?;
        let lanes = query(sql::LANES).bind("").bind("");
        self.table(lanes, |row: Lane| {
            let (endpoint, pipeline, seq, n, tries, since, due, reason) = row;
            let next = query(sql::LANES)
                .bind(endpoint.clone())
                .bind(pipeline.clone());
            let put = query(sql::LANE_PUT).bind(endpoint).bind(pipeline).bind(seq);
            let put = put.bind(n).bind(tries).bind(since).bind(due);
            (put.bind(reason), next)
        })
        .await?;
        let dead = query(sql::DEAD).bind("").bind(-1i64);
        self.table(dead, |row: Dead| {
            let (endpoint, seq, pipeline, n, tries, at, reason, again) = row;
            let next = query(sql::DEAD).bind(endpoint.clone()).bind(seq);
            let put = query(sql::DEAD_PUT).bind(endpoint).bind(seq).bind(pipeline);
            let put = put.bind(n).bind(tries).bind(at).bind(reason);
            (put.bind(again), next)
        })
        .await?;
        let pushes = query(sql::PUSHES).bind("").bind("");
        self.table(pushes, |(repository, tag, digest, who, at): Push| {
            let next = query(sql::PUSHES)
                .bind(repository.clone())
                .bind(tag.clone());
            let put = query(sql::PUSH_PUT).bind(repository).bind(tag);
            (put.bind(digest).bind(who).bind(at), next)
        })
        .await?;
        Ok(())
    }

    /// So that a request which is sent again afterwards is not carried out again.
    pub(super) async fn requests(&mut self) -> Result<u64, TransferError> {
        let first = query(sql::REQUESTS).bind("").bind("");
        self.table(first, |row: Request| {
            let (owner, id, digest, holder, begun, renewed, recorded, answer) = row;
            let next = query(sql::REQUESTS).bind(owner.clone()).bind(id.clone());
            let put = query(sql::REQUEST_PUT).bind(owner).bind(id).bind(digest);
            let put = put.bind(holder).bind(begun).bind(renewed).bind(recorded);
            (put.bind(answer), next)
        })
        .await
    }

    /// So that who held a lease of the earlier state is fenced off from this one too.
    pub(super) async fn epochs(&mut self) -> Result<u64, TransferError> {
        let first = query(sql::EPOCHS).bind("");
        self.table(first, |(name, epoch): (String, i64)| {
            let next = query(sql::EPOCHS).bind(name.clone());
            (query(sql::EPOCH_PUT).bind(name).bind(epoch), next)
        })
        .await
    }

    /// All rows of a table, some at a time: `each` says how one is put, and how those behind it are
    /// read, which `next` says of the first.
    async fn table<T: Columns>(
        &mut self,
        mut next: Query<'static>,
        each: impl Fn(T) -> (Query<'static>, Query<'static>) + Send,
    ) -> Result<u64, TransferError> {
        let mut count = 0;
        loop {
            let found = next.bind(ROWS).all::<T>(&mut self.read).await;
            let found = found.map_err(|e| self.from.sql(e))?;
            let mut behind = None;
            for row in found {
                let (put, after) = each(row);
                self.put(put).await?;
                (count, behind) = (count + 1, Some(after));
            }
            match behind {
                Some(after) => next = after,
                None => return Ok(count),
            }
        }
    }

    async fn put(&mut self, put: Query<'_>) -> Result<(), TransferError> {
        let done = put.execute(&mut self.write).await;
        done.map_err(|e| self.to.sql(e))?;
        Ok(())
    }
}
