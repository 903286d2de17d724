//! What a server answers whom: the rules that come before those of the commands.
//!
//! A state file is read by whoever has the file. A server has readers that a file has not, so what
//! [`crate::decide()`] leaves open is decided here, from the policy and the server's own roles: who
//! may see that there is a pipeline, make one, read the whole ledger, administer. Whatever is not
//! allowed is refused. What a command changes is still for its own rule to allow.

mod action;
mod adoptable;
mod asker;
mod denied;
mod rights;
mod roles;

use crate::{PipelineName, Policy};

pub use action::{Action, On};
pub use adoptable::{ClaimedPolicy, adoptable};
pub use asker::Asker;
pub use denied::Denied;
pub use roles::ServerRoles;

use rights::Rights;

/// Whether a request may be answered. What is about no pipeline is [`On::Server`].
///
/// # Errors
/// [`Denied`]; whoever may not read a pipeline is told the same where there is none.
pub fn decide(
    asker: &Asker<'_>,
    action: Action,
    on: On<'_>,
    roles: &ServerRoles,
) -> Result<(), Denied> {
    let rights = Rights::of(asker, roles).ok_or(Denied::Unauthenticated)?;
    match on {
        On::Server => on_server(&rights, action),
        On::Pipeline { name, policy } => on_pipeline(&rights, action, (name, policy)),
    }
}

fn on_server(rights: &Rights<'_>, action: Action) -> Result<(), Denied> {
    let allowed = match action {
        Action::List | Action::Witness => !rights.is_agent(),
        Action::Audit => rights.audits,
        Action::Administer => rights.administers,
        // Without a pipeline there is nothing that they could be about.
        Action::Read | Action::Change | Action::Create | Action::CarryOut | Action::Work => false,
    };
    match allowed {
        true => Ok(()),
        false => Err(rights.denied(action)),
    }
}

fn on_pipeline(
    rights: &Rights<'_>,
    action: Action,
    (name, policy): (&PipelineName, Option<&Policy>),
) -> Result<(), Denied> {
    let not_there = || Denied::NotThere {
        pipeline: name.clone(),
    };
    let bound = rights.reaches(name);
    if action == Action::Create {
        return match (bound && rights.creates, policy) {
            (true, None) => Ok(()),
            // It is told only to those who may read it.
            (_, Some(policy)) if bound && rights.reads(policy) => Err(Denied::Exists {
                pipeline: name.clone(),
            }),
            (true, Some(_)) => Err(not_there()),
            (false, _) => Err(rights.denied(action)),
        };
    }
    let policy = policy.filter(|policy| bound && rights.reads(policy));
    let policy = policy.ok_or_else(not_there)?;
    let allowed = match action {
        Action::Read => true,
        Action::Change => !rights.is_worker() && policy.counts(rights.actor),
        Action::CarryOut => !rights.is_agent() && policy.counts(rights.actor),
        Action::Work => rights.is_worker(),
        Action::List | Action::Witness | Action::Audit | Action::Administer | Action::Create => {
            false
        }
    };
    match allowed {
        true => Ok(()),
        false => Err(rights.denied(action)),
    }
}
