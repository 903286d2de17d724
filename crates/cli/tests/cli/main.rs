//! What every command prints and how it ends, in real runs of the binary: transcripts, kept as
//! snapshots, and what must hold whatever they say.

mod attestations;
mod audits;
mod automatic;
mod copies;
mod copy_refusals;
mod credentials;
mod endings;
mod findings;
mod first_steps;
mod freezes;
mod help;
mod hostile_text;
mod image_looks;
mod image_tags;
mod images;
mod json;
mod keys;
mod layouts;
mod long_history;
mod normalise;
mod overrides;
mod pipeline_files;
mod proofs;
mod references;
mod regions;
mod registries;
mod reports;
mod requests;
mod sample;
mod scenario;
mod serving;
mod states;
mod tries;
mod walk;
mod windows;
