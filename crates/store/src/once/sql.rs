//! Every statement about requests that are carried out once.

use crate::db::Sql;

// Nothing is put where whoever asks has as many already; nor where there is one of that key.
pub(crate) const BEGIN: Sql = Sql::each(
    "INSERT INTO kept_requests (owner, id, digest, holder, begun, renewed, recorded, answer)
     SELECT $1, $2, $3, $4, CAST(unixepoch('subsec') * 1000000 AS INTEGER),
         CAST(unixepoch('subsec') * 1000000 AS INTEGER), -1, ''
     WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM kept_requests WHERE owner = $1 LIMIT $5) AS k) < $5
     ON CONFLICT (owner, id) DO NOTHING",
    "INSERT INTO kept_requests (owner, id, digest, holder, begun, renewed, recorded, answer)
     SELECT $1, $2, $3, $4, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, -1, ''
     WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM kept_requests WHERE owner = $1 LIMIT $5) AS k) < $5
     ON CONFLICT (owner, id) DO NOTHING",
);
// The last column: whether whoever carries it out was heard of in the last microseconds.
pub(crate) const FIND: Sql = Sql::each(
    "SELECT digest, holder, answer, recorded,
         renewed > CAST(unixepoch('subsec') * 1000000 AS INTEGER) - $3
     FROM kept_requests WHERE owner = $1 AND id = $2",
    "SELECT digest, holder, answer, recorded,
         (renewed > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $3)::int::bigint
     FROM kept_requests WHERE owner = $1 AND id = $2",
);
pub(crate) const TAKE: Sql = Sql::each(
    "UPDATE kept_requests
     SET holder = $4, renewed = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
     WHERE owner = $1 AND id = $2 AND holder = $3 AND recorded = $5 AND answer = ''",
    "UPDATE kept_requests
     SET holder = $4, renewed = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
     WHERE owner = $1 AND id = $2 AND holder = $3 AND recorded = $5 AND answer = ''",
);
pub(crate) const RENEW: Sql = Sql::each(
    "UPDATE kept_requests SET renewed = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
     WHERE owner = $1 AND id = $2 AND holder = $3",
    "UPDATE kept_requests
     SET renewed = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
     WHERE owner = $1 AND id = $2 AND holder = $3",
);
// In the transaction of the append that it is about.
pub(crate) const NOTE: Sql = Sql::same(
    "UPDATE kept_requests SET recorded = CASE WHEN recorded < 0 THEN $4 ELSE recorded END
     WHERE owner = $1 AND id = $2 AND holder = $3",
);
pub(crate) const ANSWER: Sql =
    Sql::same("UPDATE kept_requests SET answer = $4 WHERE owner = $1 AND id = $2 AND holder = $3");
pub(crate) const FORGET: Sql = Sql::same(
    "DELETE FROM kept_requests
     WHERE owner = $1 AND id = $2 AND holder = $3 AND recorded < 0 AND answer = ''",
);
pub(crate) const LEAVE: Sql =
    Sql::same("UPDATE kept_requests SET renewed = 0 WHERE owner = $1 AND id = $2 AND holder = $3");
pub(crate) const DROP_OLDEST: Sql = Sql::same(
    "DELETE FROM kept_requests WHERE owner = $1 AND answer <> '' AND begun <= (
         SELECT begun FROM kept_requests WHERE owner = $1 AND answer <> ''
         ORDER BY begun LIMIT 1 OFFSET $2)",
);
// What is carried out for as long is still heard of.
pub(crate) const PRUNE: Sql = Sql::each(
    "DELETE FROM kept_requests
     WHERE begun < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - $1
         AND renewed < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - $2",
    "DELETE FROM kept_requests
     WHERE begun < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1
         AND renewed < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $2",
);

/// All of them, for the test that prepares them.
#[cfg(test)]
pub(crate) const ALL: [Sql; 10] = [
    BEGIN,
    FIND,
    TAKE,
    RENEW,
    NOTE,
    ANSWER,
    FORGET,
    LEAVE,
    DROP_OLDEST,
    PRUNE,
];
