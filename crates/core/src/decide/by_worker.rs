//! What a worker may do: carry out what others asked for, and record what it sees. It decides
//! nothing that a person answers for, whatever a policy lists.

use super::Command;
use crate::{Actor, Identity, Refusal};

/// Refuses whatever is not a worker's to do. For anyone else the commands themselves say who may.
pub(super) fn demand(command: &Command, actor: &Actor) -> Result<(), Refusal> {
    if !matches!(actor.identity, Identity::Worker(_)) || (is_work(command) && actor.is_worker()) {
        return Ok(());
    }
    Err(Refusal::NotAllowed {
        actor: actor.clone(),
        what: "do that".to_owned(),
        who: "a worker only carries out what others asked for".to_owned(),
    })
}

/// Every command is here: a new one is thought about.
fn is_work(command: &Command) -> bool {
    match command {
        // Of what was asked for.
        Command::Commit { .. }
        | Command::StartStep { .. }
        | Command::EndStep { .. }
        | Command::GiveUp { .. }
        | Command::Expire
        // What the policy says happens by itself.
        | Command::Automatic { .. }
        | Command::Return { .. }
        // What was seen. Evidence counts where the gate names the worker.
        | Command::AddEvidence(_)
        | Command::RecordAttested { .. }
        | Command::NoteDrift { .. }
        | Command::NoteWatched(_) => true,
        Command::Adopt { .. }
        | Command::CreateRelease { .. }
        | Command::ImportRelease { .. }
        | Command::RevokeEvidence { .. }
        | Command::Request { .. }
        | Command::Approve { .. }
        | Command::Reject { .. }
        | Command::Withdraw { .. }
        | Command::Cancel { .. }
        | Command::Rollback { .. }
        | Command::Freeze { .. }
        | Command::Unfreeze { .. }
        | Command::RequestOverride { .. }
        | Command::ConfirmOverride { .. }
        | Command::ReviewOverride { .. }
        | Command::Hold { .. }
        | Command::Resume { .. }
        | Command::OpenIncident { .. }
        | Command::ResolveIncident { .. }
        | Command::Repair { .. } => false,
    }
}
