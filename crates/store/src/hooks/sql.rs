//! Every statement about webhooks, as a constant.

use crate::db::Sql;

pub(crate) const STREAM_PAGE: Sql = Sql::same(
    "SELECT version, seq, entry, leaf FROM events
     WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3",
);

pub(crate) const ENDPOINT_BEGIN: Sql = Sql::same(
    "INSERT INTO hook_endpoints (name, place) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
);
pub(crate) const ENDPOINT_PLACE: Sql =
    Sql::same("SELECT place FROM hook_endpoints WHERE name = $1");
// Who routes and who settles a lane of an endpoint wait for one another.
pub(crate) const ENDPOINT_LOCK: Sql = Sql::each(
    "SELECT place FROM hook_endpoints WHERE name = $1",
    "SELECT place FROM hook_endpoints WHERE name = $1 FOR UPDATE",
);
pub(crate) const ENDPOINT_MOVE: Sql =
    Sql::same("UPDATE hook_endpoints SET place = $2 WHERE name = $1 AND place = $3");
pub(crate) const ENDPOINTS: Sql = Sql::same(
    "SELECT e.name, e.place,
         (SELECT COUNT(*) FROM hook_lanes l WHERE l.endpoint = e.name),
         (SELECT COUNT(*) FROM hook_dead d WHERE d.endpoint = e.name)
     FROM hook_endpoints e ORDER BY e.name",
);

pub(crate) const LANE_OPEN: Sql = Sql::same(
    "INSERT INTO hook_lanes (endpoint, pipeline, seq, n, tries, since, due, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (endpoint, pipeline) DO NOTHING",
);
pub(crate) const LANE_SET: Sql = Sql::same(
    "UPDATE hook_lanes SET seq = $4, n = $5, tries = $6, since = $7, due = $8, reason = $9
     WHERE endpoint = $1 AND pipeline = $2 AND seq = $3",
);
pub(crate) const LANE_CLOSE: Sql =
    Sql::same("DELETE FROM hook_lanes WHERE endpoint = $1 AND pipeline = $2 AND seq = $3");
pub(crate) const LANES_DUE: Sql = Sql::same(
    "SELECT pipeline, seq, n, tries, since, due, reason FROM hook_lanes
     WHERE endpoint = $1 AND due <= $2 ORDER BY due, pipeline LIMIT $3",
);
pub(crate) const LANE_NEXT: Sql =
    Sql::same("SELECT due FROM hook_lanes WHERE endpoint = $1 AND due > $2 ORDER BY due LIMIT 1");

pub(crate) const DEAD_PUT: Sql = Sql::same(
    "INSERT INTO hook_dead (endpoint, seq, pipeline, n, tries, at, reason, again)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (endpoint, seq) DO NOTHING",
);
pub(crate) const DEAD: Sql = Sql::same(
    "SELECT seq, pipeline, n, tries, at, reason, again FROM hook_dead
     WHERE endpoint = $1 AND seq > $2 ORDER BY seq LIMIT $3",
);
pub(crate) const DEAD_AGAIN: Sql = Sql::same(
    "SELECT seq, pipeline, n, tries, at, reason, again FROM hook_dead
     WHERE endpoint = $1 AND again = 1 ORDER BY seq LIMIT $2",
);
pub(crate) const DEAD_FAILED: Sql = Sql::same(
    "UPDATE hook_dead SET again = 0, tries = tries + 1, reason = $3
     WHERE endpoint = $1 AND seq = $2",
);
// From and to which place: one letter, or all.
pub(crate) const DEAD_RESEND: Sql =
    Sql::same("UPDATE hook_dead SET again = 1 WHERE endpoint = $1 AND seq >= $2 AND seq <= $3");
pub(crate) const DEAD_DROP: Sql =
    Sql::same("DELETE FROM hook_dead WHERE endpoint = $1 AND seq >= $2 AND seq <= $3");

pub(crate) const PUSH_PUT: Sql = Sql::same(
    "INSERT INTO hook_pushes (repository, tag, digest, who, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (repository, tag) DO UPDATE SET
         digest = excluded.digest, who = excluded.who, at = excluded.at",
);
pub(crate) const PUSH: Sql =
    Sql::same("SELECT digest, who, at FROM hook_pushes WHERE repository = $1 AND tag = $2");

/// All of them, for the test that prepares them.
#[cfg(test)]
pub(crate) const ALL: [Sql; 19] = [
    STREAM_PAGE,
    ENDPOINT_BEGIN,
    ENDPOINT_PLACE,
    ENDPOINT_LOCK,
    ENDPOINT_MOVE,
    ENDPOINTS,
    LANE_OPEN,
    LANE_SET,
    LANE_CLOSE,
    LANES_DUE,
    LANE_NEXT,
    DEAD_PUT,
    DEAD,
    DEAD_AGAIN,
    DEAD_FAILED,
    DEAD_RESEND,
    DEAD_DROP,
    PUSH_PUT,
    PUSH,
];
