//! The public API of the domain, held against a simulated world, naive re-implementations and
//! tables of what `semantics` says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod actors;
mod approval_rules;
mod audit;
mod authority;
mod automatic_rules;
mod build;
mod change_rules;
mod crash;
mod drift_rules;
mod evidence_rules;
mod exception_rules;
mod executor;
mod faults;
mod figure_rules;
mod freeze_rules;
mod generate;
mod golden;
mod golden_decisions;
mod golden_story;
mod golden_watching;
mod identity_rules;
mod matching;
mod naive;
mod naive_override;
mod naive_soak;
mod naive_window;
mod nothing_passes;
mod override_rules;
mod policy_rules;
mod promotion_rules;
mod properties;
mod release_rules;
mod replay_rules;
mod repository_rules;
mod rollback_rules;
mod snapshot_rules;
mod soak_rules;
mod tag_rules;
mod tags_together;
mod watching;
mod window_properties;
mod window_rules;
mod window_table;
mod world;
