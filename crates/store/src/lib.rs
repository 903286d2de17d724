//! Events, leases and blobs, in SQLite or PostgreSQL.
//!
//! [`DatabaseStore`] keeps the engine's streams and, in the same transaction, the ledger over them.
//! It can re-read itself ([`DatabaseStore::verify`]) and write the ledger as C2SP tiles
//! ([`DatabaseStore::export`]), which [`verify_export`] checks without the database. The log's key is a
//! file beside the state ([`make_log_key`]); [`DatabaseStore::prove`] makes proof files with it, and
//! [`DatabaseLog`] is both as the engine's port.

mod append;
mod audit;
mod audit_pages;
mod blob;
mod changes;
mod database;
mod db;
mod export;
mod export_blobs;
mod export_check;
mod export_file;
mod export_writer;
mod failure;
mod fault;
mod group;
mod growing;
mod hints;
mod hooks;
mod identity;
mod kept_proofs;
mod lease;
mod log;
mod log_key;
mod observations;
mod once;
mod open;
mod postgres;
mod prove;
mod prove_all;
mod read;
mod schema;
mod snapshot;
mod sql;
mod subtrees;
mod tile;
mod transfer;
mod workers;

pub use append::{APPEND_ENTRIES_MAX, STREAM_BYTES_MAX};
pub use audit::Verified;
pub use blob::BLOB_BYTES_MAX;
pub use database::DatabaseStore;
pub use export::ExportError;
pub use export_blobs::{exported_blob, put_exported_blob};
pub use export_check::{ExportFault, verify_export, verify_export_with};
pub use export_writer::ExportWriter;
pub use fault::LedgerFault;
pub use hints::{Hint, Hints};
pub use hooks::SaidOfTag;
pub use lease::DatabaseLease;
pub use log::DatabaseLog;
pub use log_key::{LogKeyError, log_key_path, make_log_key, read_log_key};
pub use once::{
    Begun, LeftRequest, OpenRequest, REQUEST_ANSWER_BYTES_MAX, REQUEST_KEY_BYTES_MAX,
    REQUEST_RENEWAL_MS, REQUESTS_KEPT_MAX, RequestKey,
};
pub use open::OpenMode;
pub use postgres::{AddressError, PostgresAddress, StateAddress};
pub use prove::ProveError;
pub use prove_all::Proven;
pub use read::{ENTRIES_PAGE_MAX, LedgerEntry, LedgerHead};
pub use schema::{APPLICATION_ID, SCHEMA_VERSION};
pub use transfer::{TransferError, Transferred};
