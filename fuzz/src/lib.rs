//! What several targets hold what they fuzz against.

pub mod attestations;
pub mod reports;
pub mod tar;
