//! What an asker may, before it is looked at what they ask.

use std::collections::BTreeSet;

use super::roles::any_means;
use super::{Action, Asker, Denied, ServerRoles};
use crate::policy::{IdentityMode, Verb};
use crate::{Actor, Identity, Label, PipelineName, Policy};

/// An asker who is somebody.
pub(super) struct Rights<'a> {
    pub(super) actor: &'a Actor,
    bound: Option<&'a BTreeSet<PipelineName>>,
    labels: Option<&'a BTreeSet<Label>>,
    reads_all: bool,
    claimed: bool,
    pub(super) audits: bool,
    pub(super) administers: bool,
    pub(super) creates: bool,
}

impl<'a> Rights<'a> {
    /// Nothing for who is nobody.
    pub(super) fn of(asker: &Asker<'a>, roles: &ServerRoles) -> Option<Self> {
        let actor = asker.actor?;
        if actor.is_claimed() && !roles.claimed {
            return None;
        }
        // A worker is no person and no CI job, whatever a role lists.
        let person = !matches!(actor.identity, Identity::Worker(_));
        let means = |list| person && any_means(list, actor);
        let administrator = means(&roles.administrators) || (person && asker.administrator);
        let auditor = means(&roles.auditors) || administrator;
        Some(Self {
            actor,
            bound: asker.bound,
            labels: asker.labels,
            reads_all: auditor || (actor.is_worker() && asker.labels.is_none()),
            audits: auditor && asker.bound.is_none(),
            administers: administrator && asker.bound.is_none(),
            creates: means(&roles.creators) || administrator || (person && roles.claimed),
            claimed: roles.claimed,
        })
    }

    pub(super) fn is_worker(&self) -> bool {
        self.actor.is_worker()
    }

    /// Whether it is an agent, which does nothing but what it is given to do.
    pub(super) fn is_agent(&self) -> bool {
        self.labels.is_some()
    }

    /// Whether the credential is for this pipeline.
    pub(super) fn reaches(&self, pipeline: &PipelineName) -> bool {
        self.bound.is_none_or(|bound| bound.contains(pipeline))
    }

    /// Whom a policy names anywhere may read what they are to decide on; `allow: read` only adds
    /// to them, so that naming a reader takes nothing from an approver.
    pub(super) fn reads(&self, policy: &Policy) -> bool {
        if let Some(labels) = self.labels {
            let own = |label| labels.contains(label);
            let mut environments = policy.environments.iter();
            return environments.any(|of| of.worker.as_ref().is_some_and(own));
        }
        let everyones = self.claimed && policy.identity == IdentityMode::Claimed;
        let listed = policy.allow.contains_key(&Verb::Read);
        self.reads_all
            || everyones
            || policy.names(self.actor)
            || (listed && policy.permits(Verb::Read, self.actor))
    }

    pub(super) fn denied(&self, action: Action) -> Denied {
        Denied::NotAllowed {
            identity: self.actor.identity.clone(),
            what: action.to_string(),
            who: match action {
                Action::Audit => {
                    "auditors and administrators, with a credential for all pipelines,"
                }
                Action::Administer => "administrators, with a credential for all pipelines,",
                Action::Create => "administrators, and those whom its configuration lets,",
                Action::Work => "workers",
                Action::Change | Action::CarryOut => {
                    "those whom its pipeline file lets, by more than a claimed name,"
                }
                Action::Read | Action::List | Action::Witness => "those who are let",
            },
        }
    }
}
