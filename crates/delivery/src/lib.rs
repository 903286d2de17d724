//! Deployers and checks.
