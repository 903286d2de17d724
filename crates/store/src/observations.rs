//! Observations: how checks ended while a release was watched. They may be dropped.

use liftlock_engine::ports::{
    AppendError, Fence, OBSERVATION_DAYS, OBSERVATIONS_MAX, Observation, StoreError,
};

use crate::append::check_fence;
use crate::database::DatabaseStore;
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::read::integer;
use crate::sql;

/// The most checks of an environment whose last observation is read.
const CHECKS_MAX: i64 = 1000;

/// A day, in microseconds.
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Environment, number, check, time, promotion, whether it passed, summary.
type Columns = (String, i64, String, i64, String, i64, Vec<u8>);

impl DatabaseStore {
    pub(crate) async fn keep_observations(
        &self,
        stream: &str,
        observations: &[Observation],
        (after, fence): (u64, Option<&Fence>),
    ) -> Result<(), AppendError> {
        let fail = self.fail("keeping observations");
        let sql_error = |e| AppendError::Store(fail.sql(e));
        let mut write = self.begin_write(fail).await?;
        check_fence(&mut write, fence, fail).await?;
        for observation in observations {
            lock(&mut write, stream, &observation.environment, fail).await?;
            keep(&mut write, stream, observation, after, fail).await?;
        }
        write.commit().await.map_err(sql_error)
    }

    /// None in a state that an older version made and nobody has written since.
    pub(crate) async fn load_last_observations(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<Observation>, StoreError> {
        let found = query(sql::OBSERVATIONS_LAST)
            .bind(stream)
            .bind(environment)
            .bind(CHECKS_MAX);
        let rows = self.rows(found.all(&mut self.reading()).await)?;
        Ok(rows.into_iter().map(|(_, seen)| seen).collect())
    }

    pub(crate) async fn load_new_observations(
        &self,
        stream: &str,
        environment: &str,
        (after, since_us): (u64, i64),
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let found = query(sql::OBSERVATIONS_NEW)
            .bind(stream)
            .bind(environment)
            .bind(integer(after, self.fail("reading observations"))?)
            .bind(since_us)
            .bind(OBSERVATIONS_MAX as i64);
        self.rows(found.all(&mut self.reading()).await)
    }

    pub(crate) async fn load_observations(
        &self,
        stream: &str,
        environment: &str,
        first: u64,
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let found = query(sql::OBSERVATIONS_NUMBERED)
            .bind(stream)
            .bind(environment)
            .bind(integer(first, self.fail("reading observations"))?)
            .bind(OBSERVATIONS_MAX as i64);
        self.rows(found.all(&mut self.reading()).await)
    }

    fn rows(
        &self,
        found: Result<Vec<Columns>, sqlx::Error>,
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        let rows = match found {
            Err(error) if self.fail("reading observations").is_older(&error) => Vec::new(),
            found => found.map_err(|e| self.fail("reading observations").sql(e))?,
        };
        let damaged = || {
            self.fail("reading observations")
                .damaged("a summary is no text")
        };
        let rows = rows
            .into_iter()
            .map(|row| observation(row).ok_or_else(damaged));
        rows.collect()
    }
}

fn observation(columns: Columns) -> Option<(u64, Observation)> {
    let (environment, n, check, at_us, promotion, passed, summary) = columns;
    let observation = Observation {
        environment,
        promotion,
        check,
        at_us,
        passed: passed == 1,
        summary: String::from_utf8(summary).ok()?,
    };
    Some((n.cast_unsigned(), observation))
}

/// One process at a time numbers an environment's observations.
async fn lock(
    write: &mut Connection,
    stream: &str,
    environment: &str,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let locked = query(sql::OBSERVATIONS_LOCK).bind(stream).bind(environment);
    locked.execute(write).await.map_err(|e| fail.sql(e))?;
    Ok(())
}

/// Keeps one under the next number, and drops what is older than it by [`OBSERVATION_DAYS`].
async fn keep(
    write: &mut Connection,
    stream: &str,
    observation: &Observation,
    after: u64,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let Observation {
        environment,
        promotion,
        check,
        at_us,
        passed,
        summary,
    } = observation;
    let (last,) = query(sql::OBSERVATION_NUMBER)
        .bind(stream)
        .bind(environment)
        .one::<(i64,)>(write)
        .await
        .map_err(|e| fail.sql(e))?;
    let n = last.max(integer(after, fail)?).saturating_add(1);
    query(sql::OBSERVATION_INSERT)
        .bind(stream)
        .bind(environment)
        .bind(n)
        .bind(check)
        .bind(*at_us)
        .bind(promotion)
        .bind(*passed)
        .bind(summary.as_bytes())
        .execute(write)
        .await
        .map_err(|e| fail.sql(e))?;
    query(sql::OBSERVATIONS_PRUNE)
        .bind(stream)
        .bind(environment)
        .bind(check)
        .bind(at_us.saturating_sub(OBSERVATION_DAYS * DAY_US))
        .bind(n)
        .execute(write)
        .await
        .map_err(|e| fail.sql(e))?;
    Ok(())
}
