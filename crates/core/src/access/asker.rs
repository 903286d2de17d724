//! Who asks a server.

use std::collections::BTreeSet;

use crate::{Actor, Label, PipelineName};

/// Who asks, and how far what they showed reaches.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who; nothing where the request showed nothing.
    pub actor: Option<&'a Actor>,
    /// The pipelines that the credential is bound to; nothing where it is bound to none. A bound
    /// one is never more than that: it neither audits nor administers.
    pub bound: Option<&'a BTreeSet<PipelineName>>,
    /// The labels of an agent; nothing for everyone else. An agent reads the pipelines that have
    /// environments of these labels, takes up work there, and does nothing else.
    pub labels: Option<&'a BTreeSet<Label>>,
    /// Whether the server's records name them as an administrator, beside its configuration.
    pub administrator: bool,
}

impl<'a> Asker<'a> {
    /// Someone who showed nothing.
    pub const NOBODY: Asker<'static> = Asker {
        actor: None,
        bound: None,
        labels: None,
        administrator: false,
    };

    /// Someone whose credential is bound to no pipeline.
    pub fn unbound(actor: &'a Actor) -> Self {
        Self {
            actor: Some(actor),
            bound: None,
            labels: None,
            administrator: false,
        }
    }
}
