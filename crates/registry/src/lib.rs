//! The data plane: one interface over registries and OCI layouts.
