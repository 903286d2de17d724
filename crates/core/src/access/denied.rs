//! Why a server does not answer.

use crate::{Identity, PipelineName};

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody known asks. A name that is only claimed is nobody.
    #[error("this server has to know who asks; log in, or show a token")]
    Unauthenticated,
    /// There is no such pipeline, or the asker may not know of it: which of them is not said.
    #[error(
        "there is no pipeline {pipeline} that you may read; whom its pipeline file names, or lists under `allow: {{ read: ... }}`, may"
    )]
    NotThere {
        /// Its name, as it was asked for.
        pipeline: PipelineName,
    },
    /// It was to be made, and is there.
    #[error("there is a pipeline {pipeline} already")]
    Exists {
        /// Its name.
        pipeline: PipelineName,
    },
    /// The asker is known, and may not.
    #[error("{identity} may not {what}; {who} may")]
    NotAllowed {
        /// Who asks.
        identity: Identity,
        /// For what.
        what: String,
        /// Who may, by their role. Nobody is named: a role's members are the server's matter.
        who: &'static str,
    },
}
