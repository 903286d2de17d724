//! Events, leases and blobs in SQLite.
