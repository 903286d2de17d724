//! When workers with labels were last seen. The ledger knows nothing of this.

use liftlock_engine::ports::StoreError;

use crate::database::DatabaseStore;
use crate::db::{Sql, query};

pub(crate) const SQLITE: &str = "
CREATE TABLE workers (
    label TEXT NOT NULL,
    name  TEXT NOT NULL,
    seen  INTEGER NOT NULL,
    PRIMARY KEY (label, name)
) STRICT;
PRAGMA user_version = 9;
";

pub(crate) const POSTGRES: &str = r#"
CREATE TABLE workers (
    label TEXT COLLATE "C" NOT NULL,
    name  TEXT COLLATE "C" NOT NULL,
    seen  BIGINT NOT NULL,
    PRIMARY KEY (label, name)
);
"#;

/// For how long it is kept that a worker was there, in microseconds: 90 days.
const KEPT_US: i64 = 90 * 86_400_000_000;

const SEE: Sql = Sql::same(
    "INSERT INTO workers (label, name, seen) VALUES ($1, $2, $3)
     ON CONFLICT (label, name) DO UPDATE SET seen = excluded.seen",
);
const FORGET: Sql = Sql::same("DELETE FROM workers WHERE seen < $1");
const SEEN: Sql = Sql::same("SELECT COALESCE(MAX(seen), -1) FROM workers WHERE label = $1");

impl DatabaseStore {
    /// Keeps that a worker with these labels was there at `at_us`, in microseconds since 1970, and
    /// forgets those who were not for 90 days.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn see_worker(
        &self,
        name: &str,
        labels: &[&str],
        at_us: i64,
    ) -> Result<(), StoreError> {
        let fail = self.fail("keeping that a worker is there");
        let mut write = self.writing()?;
        for label in labels {
            let see = query(SEE).bind(*label).bind(name).bind(at_us);
            see.execute(&mut write).await.map_err(|e| fail.sql(e))?;
        }
        let forget = query(FORGET).bind(at_us.saturating_sub(KEPT_US));
        let forget = forget.execute(&mut write).await;
        forget.map(drop).map_err(|e| fail.sql(e))
    }

    pub(crate) async fn seen_worker(&self, label: &str) -> Result<Option<i64>, StoreError> {
        let fail = self.fail("reading when a worker was there");
        let seen = query(SEEN).bind(label);
        let seen = seen.optional::<(i64,)>(&mut self.reading()).await;
        match seen {
            Err(error) if fail.lacks_table(&error) => Ok(None),
            seen => Ok(seen
                .map_err(|e| fail.sql(e))?
                .map(|(seen,)| seen)
                .filter(|seen| *seen >= 0)),
        }
    }
}

/// All of them, for the test that prepares them.
#[cfg(test)]
pub(crate) const ALL: [Sql; 3] = [SEE, FORGET, SEEN];
