//! What can be asked of a server, as far as rights go.

use std::fmt;

use crate::{PipelineName, Policy};

/// What a request does. Every request of a server is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Looks at a pipeline: its board, history, evidence, events and plans, and what a change
    /// would do.
    Read,
    /// Gives a command to a pipeline that changes something; what it may change is its own rule's.
    Change,
    /// Adopts the first policy of a pipeline that there is not.
    Create,
    /// Carries on what others asked for, and looks at what runs. Each step is its command's rule.
    CarryOut,
    /// Takes up work and hands in what came of it, as a worker or an agent.
    Work,
    /// Lists the pipelines: those that the asker may read.
    List,
    /// Reads the ledger's checkpoint and tiles of hashes, which tell nothing of what is recorded.
    Witness,
    /// Reads entries, exports and streams of the ledger over all pipelines.
    Audit,
    /// Looks at and changes what is the server's own: tokens, sessions, settings, dead letters.
    Administer,
}

/// What a request is about.
#[derive(Debug, Clone, Copy)]
pub enum On<'a> {
    /// The server, or all pipelines of it.
    Server,
    /// One pipeline.
    Pipeline {
        /// Its name, as it was asked for.
        name: &'a PipelineName,
        /// Its policy in force; nothing where there is no such pipeline.
        policy: Option<&'a Policy>,
    },
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Change,
        Self::Create,
        Self::CarryOut,
        Self::Work,
        Self::List,
        Self::Witness,
        Self::Audit,
        Self::Administer,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read this pipeline",
            Self::Change => "change this pipeline",
            Self::Create => "make pipelines on this server",
            Self::CarryOut => "carry out promotions here",
            Self::Work => "take up work here",
            Self::List => "list pipelines",
            Self::Witness => "read the ledger's checkpoint",
            Self::Audit => "read the whole ledger",
            Self::Administer => "administer this server",
        })
    }
}
