//! Requests that are carried out once, however often they are sent: who asked, the key that they gave
//! the request, and what was answered (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A request is kept as begun before anything of it is done. Its first append notes in the same
//! transaction where in the ledger it is, and only whom the request belongs to can append: so it is
//! known of a request whose server is gone whether anything of it was recorded, and nobody records
//! anything of one that another has taken over since. Times are the database's.

mod open;
mod requests;
pub(crate) mod sql;
mod tables;

pub use open::OpenRequest;
pub use requests::{Begun, LeftRequest, RequestKey};
pub(crate) use tables::{POSTGRES, SQLITE};

/// The most bytes of a key.
pub const REQUEST_KEY_BYTES_MAX: usize = 255;

/// The most bytes of an answer that is kept.
pub const REQUEST_ANSWER_BYTES_MAX: usize = 256 * 1024;

/// How many requests are kept of one who asks. Whoever has more loses those answered longest ago.
pub const REQUESTS_KEPT_MAX: u32 = 1000;

/// How often whoever carries a request out has to say so, in milliseconds.
pub const REQUEST_RENEWAL_MS: u64 = 4_000;

/// For how long, in microseconds, whoever carries a request out may say nothing until they are taken
/// for gone. One who was not gone can record nothing afterwards.
const GONE_US: i64 = 20_000_000;

/// For how long, in microseconds, a request is kept after it was begun: 24 hours.
const KEPT_US: i64 = 24 * 3_600_000_000;
