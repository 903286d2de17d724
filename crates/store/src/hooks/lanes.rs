//! Endpoints' places, and their lanes.

use liftlock_engine::ports::StoreError;
use liftlock_hooks::outbox::{DeadLetter, LANES_PAGE_MAX, Lane, Settled, Standing};

use super::{dead, sql};
use crate::database::DatabaseStore;
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::read::integer;

/// A time that is none.
const NEVER: i64 = -1;

/// Pipeline, place, place in the stream, tries, first try, next try, reason.
type Columns = (String, i64, i64, i64, i64, i64, String);

impl DatabaseStore {
    pub(super) async fn begin_endpoint(
        &self,
        endpoint: &str,
        place: u64,
    ) -> Result<u64, StoreError> {
        let fail = self.fail("reading a webhook's place");
        let find = query(sql::ENDPOINT_PLACE).bind(endpoint);
        let known = find.optional::<(i64,)>(&mut self.reading()).await;
        if let Some((place,)) = known.map_err(|e| fail.sql(e))? {
            return Ok(place.cast_unsigned());
        }
        let begin = query(sql::ENDPOINT_BEGIN)
            .bind(endpoint)
            .bind(integer(place, fail)?);
        let mut write = self.writing()?;
        begin.execute(&mut write).await.map_err(|e| fail.sql(e))?;
        let (place,) = find
            .one::<(i64,)>(&mut write)
            .await
            .map_err(|e| fail.sql(e))?;
        Ok(place.cast_unsigned())
    }

    pub(super) async fn route_endpoint(
        &self,
        endpoint: &str,
        (from, to): (u64, u64),
        lanes: &[Lane],
    ) -> Result<bool, StoreError> {
        let fail = self.fail("routing webhooks");
        let mut write = self.begin_write(fail).await?;
        lock(&mut write, endpoint, fail).await?;
        let moved = query(sql::ENDPOINT_MOVE)
            .bind(endpoint)
            .bind(integer(to, fail)?)
            .bind(integer(from, fail)?);
        if moved.execute(&mut write).await.map_err(|e| fail.sql(e))? != 1 {
            return Ok(false);
        }
        for lane in lanes {
            let open = query(sql::LANE_OPEN)
                .bind(endpoint)
                .bind(&lane.pipeline)
                .bind(integer(lane.seq, fail)?)
                .bind(integer(lane.n, fail)?)
                .bind(lane.tries)
                .bind(lane.since_us.unwrap_or(NEVER))
                .bind(lane.due_us)
                .bind(lane.reason.as_deref().unwrap_or_default());
            open.execute(&mut write).await.map_err(|e| fail.sql(e))?;
        }
        write.commit().await.map_err(|e| fail.sql(e))?;
        Ok(true)
    }

    /// None in a state that an older version made and nobody has written since; the same for the
    /// others that only read.
    pub(super) async fn due_lanes(
        &self,
        endpoint: &str,
        now_us: i64,
    ) -> Result<Vec<Lane>, StoreError> {
        let fail = self.fail("reading a webhook's lanes");
        let due = query(sql::LANES_DUE)
            .bind(endpoint)
            .bind(now_us)
            .bind(LANES_PAGE_MAX);
        let rows = due.all::<Columns>(&mut self.reading()).await;
        Ok(rows
            .map_err(|e| fail.sql(e))?
            .into_iter()
            .map(lane)
            .collect())
    }

    pub(super) async fn next_lane(
        &self,
        endpoint: &str,
        now_us: i64,
    ) -> Result<Option<i64>, StoreError> {
        let fail = self.fail("reading a webhook's lanes");
        let next = query(sql::LANE_NEXT).bind(endpoint).bind(now_us);
        let next = next.optional::<(i64,)>(&mut self.reading()).await;
        Ok(next.map_err(|e| fail.sql(e))?.map(|(due,)| due))
    }

    pub(super) async fn settle_lane(
        &self,
        endpoint: &str,
        lane: &Lane,
        settled: &Settled,
        letter: Option<&DeadLetter>,
    ) -> Result<bool, StoreError> {
        let fail = self.fail("settling a webhook");
        let mut write = self.begin_write(fail).await?;
        let place = lock(&mut write, endpoint, fail).await?;
        let changed = match settled {
            Settled::Empty { place: known } if place != Some(*known) => 0,
            Settled::Empty { .. } => {
                let close = query(sql::LANE_CLOSE)
                    .bind(endpoint)
                    .bind(&lane.pipeline)
                    .bind(integer(lane.seq, fail)?);
                close.execute(&mut write).await.map_err(|e| fail.sql(e))?
            }
            Settled::Next { seq, n } => {
                let next = Lane {
                    seq: *seq,
                    n: *n,
                    tries: 0,
                    since_us: None,
                    due_us: 0,
                    reason: None,
                    ..lane.clone()
                };
                set(&mut write, endpoint, (lane.seq, &next), fail).await?
            }
            Settled::Again(again) => set(&mut write, endpoint, (lane.seq, again), fail).await?,
        };
        if changed != 1 {
            return Ok(false);
        }
        if let Some(letter) = letter {
            dead::put(&mut write, letter, fail).await?;
        }
        write.commit().await.map_err(|e| fail.sql(e))?;
        Ok(true)
    }

    pub(super) async fn endpoint_standings(&self) -> Result<Vec<Standing>, StoreError> {
        let fail = self.fail("reading webhooks");
        let rows = query(sql::ENDPOINTS)
            .all::<(String, i64, i64, i64)>(&mut self.reading())
            .await;
        let rows = match rows {
            Err(error) if fail.lacks_table(&error) => Vec::new(),
            rows => rows.map_err(|e| fail.sql(e))?,
        };
        let standing = |(endpoint, place, lanes, dead): (String, i64, i64, i64)| Standing {
            endpoint,
            place: place.cast_unsigned(),
            lanes: lanes.cast_unsigned(),
            dead: dead.cast_unsigned(),
        };
        Ok(rows.into_iter().map(standing).collect())
    }
}

/// The endpoint's place, which nobody else moves until the transaction has ended.
async fn lock(
    write: &mut Connection,
    endpoint: &str,
    fail: Failure<'_>,
) -> Result<Option<u64>, StoreError> {
    let place = query(sql::ENDPOINT_LOCK).bind(endpoint);
    let place = place
        .optional::<(i64,)>(write)
        .await
        .map_err(|e| fail.sql(e))?;
    Ok(place.map(|(place,)| place.cast_unsigned()))
}

async fn set(
    write: &mut Connection,
    endpoint: &str,
    (seq, lane): (u64, &Lane),
    fail: Failure<'_>,
) -> Result<u64, StoreError> {
    let set = query(sql::LANE_SET)
        .bind(endpoint)
        .bind(&lane.pipeline)
        .bind(integer(seq, fail)?)
        .bind(integer(lane.seq, fail)?)
        .bind(integer(lane.n, fail)?)
        .bind(lane.tries)
        .bind(lane.since_us.unwrap_or(NEVER))
        .bind(lane.due_us)
        .bind(lane.reason.as_deref().unwrap_or_default());
    set.execute(write).await.map_err(|e| fail.sql(e))
}

fn lane((pipeline, seq, n, tries, since, due_us, reason): Columns) -> Lane {
    Lane {
        pipeline,
        seq: seq.cast_unsigned(),
        n: n.cast_unsigned(),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
        since_us: (since != NEVER).then_some(since),
        due_us,
        reason: (!reason.is_empty()).then_some(reason),
    }
}
