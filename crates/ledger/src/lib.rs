//! The append-only log: canonical entries, RFC 6962 tree, tiles, checkpoints. No IO.
