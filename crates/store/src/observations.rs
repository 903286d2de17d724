//! Observations: how checks ended while a release was watched. They may be dropped.

use liftlock_engine::ports::{OBSERVATION_DAYS, Observation, StoreError};
use sqlx::Sqlite;

use crate::sql;
use crate::sqlite::SqliteStore;

/// The most checks of an environment whose last observation is read.
const CHECKS_MAX: i64 = 1000;

/// A day, in microseconds.
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

impl SqliteStore {
    pub(crate) async fn keep_observation(
        &self,
        stream: &str,
        observation: &Observation,
    ) -> Result<(), StoreError> {
        let fail = self.fail("keeping an observation");
        let Observation {
            environment,
            promotion,
            check,
            at_us,
            passed,
            summary,
        } = observation;
        let before = at_us.saturating_sub(OBSERVATION_DAYS * DAY_US);
        sqlx::query::<Sqlite>(sql::OBSERVATION_INSERT)
            .bind(stream)
            .bind(environment)
            .bind(check)
            .bind(at_us)
            .bind(promotion)
            .bind(i64::from(*passed))
            .bind(summary)
            .execute(self.writer()?)
            .await
            .map_err(|e| fail.sql(e))?;
        sqlx::query::<Sqlite>(sql::OBSERVATIONS_PRUNE)
            .bind(stream)
            .bind(environment)
            .bind(check)
            .bind(before)
            .execute(self.writer()?)
            .await
            .map_err(|e| fail.sql(e))?;
        Ok(())
    }

    /// None in a state that an older version made and nobody has written since.
    pub(crate) async fn load_last_observations(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<Observation>, StoreError> {
        type Columns = (String, i64, String, i64, String);
        let found = sqlx::query_as::<Sqlite, Columns>(sql::OBSERVATIONS_LAST)
            .bind(stream)
            .bind(environment)
            .bind(CHECKS_MAX)
            .fetch_all(&self.read)
            .await;
        let fail = self.fail("reading observations");
        let rows = match found {
            Err(error) if fail.lacks_table(&error) => Vec::new(),
            found => found.map_err(|e| fail.sql(e))?,
        };
        let read = rows.into_iter();
        Ok(read
            .map(|(check, at_us, promotion, passed, summary)| Observation {
                environment: environment.to_owned(),
                promotion,
                check,
                at_us,
                passed: passed == 1,
                summary,
            })
            .collect())
    }
}
