//! Statements that read all there is, each from behind what was read last, and put what no other
//! statement puts.

use crate::db::Sql;

/// How many tables hold something that a new state does not.
pub(crate) const ANY_ROW: Sql = Sql::same(
    "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM events LIMIT 1) AS e)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM blobs LIMIT 1) AS b)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM proofs LIMIT 1) AS p)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM observations LIMIT 1) AS o)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM leases LIMIT 1) AS l)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM identity_records LIMIT 1) AS i)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM hook_endpoints LIMIT 1) AS h)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM hook_pushes LIMIT 1) AS u)
         + (SELECT COUNT(*) FROM (SELECT 1 FROM kept_requests LIMIT 1) AS r)",
);
pub(crate) const BLOBS: Sql = Sql::same(
    "SELECT digest, CASE WHEN length(bytes) <= $2 THEN bytes END FROM blobs
     WHERE digest > $1 ORDER BY digest LIMIT 1",
);
pub(crate) const PROOFS: Sql = Sql::same(
    "SELECT id, stream, promotion, environment, committed, ended, settled
     FROM proofs WHERE id > $1 ORDER BY id LIMIT $2",
);
pub(crate) const OBSERVATIONS: Sql = Sql::each(
    "SELECT stream, environment, n, check_name, at, promotion, passed, CAST(summary AS BLOB)
     FROM observations WHERE (stream, environment, n) > ($1, $2, $3)
     ORDER BY stream, environment, n LIMIT $4",
    "SELECT stream, environment, n, check_name, at, promotion, passed, summary
     FROM observations WHERE (stream, environment, n) > ($1, $2, $3)
     ORDER BY stream, environment, n LIMIT $4",
);
pub(crate) const IDENTITIES: Sql = Sql::same(
    "SELECT kind, id, owner, value, made, expires, used, ended FROM identity_records
     WHERE (kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3",
);
pub(crate) const ENDPOINTS: Sql =
    Sql::same("SELECT name, place FROM hook_endpoints WHERE name > $1 ORDER BY name LIMIT $2");
pub(crate) const ENDPOINT_PUT: Sql =
    Sql::same("INSERT INTO hook_endpoints (name, place) VALUES ($1, $2)");
pub(crate) const LANES: Sql = Sql::same(
    "SELECT endpoint, pipeline, seq, n, tries, since, due, reason FROM hook_lanes
     WHERE (endpoint, pipeline) > ($1, $2) ORDER BY endpoint, pipeline LIMIT $3",
);
pub(crate) const LANE_PUT: Sql = Sql::same(
    "INSERT INTO hook_lanes (endpoint, pipeline, seq, n, tries, since, due, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
pub(crate) const DEAD: Sql = Sql::same(
    "SELECT endpoint, seq, pipeline, n, tries, at, reason, again FROM hook_dead
     WHERE (endpoint, seq) > ($1, $2) ORDER BY endpoint, seq LIMIT $3",
);
pub(crate) const DEAD_PUT: Sql = Sql::same(
    "INSERT INTO hook_dead (endpoint, seq, pipeline, n, tries, at, reason, again)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
pub(crate) const PUSHES: Sql = Sql::same(
    "SELECT repository, tag, digest, who, at FROM hook_pushes
     WHERE (repository, tag) > ($1, $2) ORDER BY repository, tag LIMIT $3",
);
pub(crate) const PUSH_PUT: Sql = Sql::same(
    "INSERT INTO hook_pushes (repository, tag, digest, who, at) VALUES ($1, $2, $3, $4, $5)",
);
pub(crate) const REQUESTS: Sql = Sql::same(
    "SELECT owner, id, digest, holder, begun, renewed, recorded, answer FROM kept_requests
     WHERE (owner, id) > ($1, $2) ORDER BY owner, id LIMIT $3",
);
pub(crate) const REQUEST_PUT: Sql = Sql::same(
    "INSERT INTO kept_requests (owner, id, digest, holder, begun, renewed, recorded, answer)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
pub(crate) const EPOCHS: Sql =
    Sql::same("SELECT name, epoch FROM leases WHERE name > $1 ORDER BY name LIMIT $2");
pub(crate) const EPOCH_PUT: Sql = Sql::each(
    "INSERT INTO leases (name, epoch) VALUES ($1, $2)",
    "INSERT INTO leases (name, epoch, holder, expires) VALUES ($1, $2, '', 0)",
);

/// All of them, for the test that prepares them.
#[cfg(test)]
pub(crate) const ALL: [Sql; 17] = [
    ANY_ROW,
    BLOBS,
    PROOFS,
    OBSERVATIONS,
    IDENTITIES,
    ENDPOINTS,
    ENDPOINT_PUT,
    LANES,
    LANE_PUT,
    DEAD,
    DEAD_PUT,
    PUSHES,
    PUSH_PUT,
    REQUESTS,
    REQUEST_PUT,
    EPOCHS,
    EPOCH_PUT,
];
