//! What every command prints and how it ends, in real runs of the binary: transcripts, kept as
//! snapshots, and what must hold whatever they say.

mod credentials;
mod endings;
mod first_steps;
mod help;
mod hostile_text;
mod images;
mod json;
mod normalise;
mod pipeline_files;
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
