//! Labels: an environment that names one is carried out only by workers that have it. Everybody
//! else still asks, approves, rejects and freezes there, wherever they are.

use std::collections::BTreeSet;

use crate::verdict::{Answer, Verdict};
use crate::{Command, EnvironmentName, Label, PromotionId, Refusal, Span, State, Time};

/// A worker that was seen no longer ago than this is there: they are seen twice a minute.
const SEEN_RECENTLY: Span = Span::from_secs(120);

/// The labels of whoever carries out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Labels {
    /// Whoever has the state at hand: they are no worker, and everything is carried out here.
    #[default]
    All,
    /// Those of a worker, which also works where no label is named; it may have none.
    These(BTreeSet<Label>),
    /// Those of an agent, which works where one of them is named, and nowhere else.
    Own(BTreeSet<Label>),
}

impl Labels {
    /// Whether an environment is carried out here, as far as its label goes.
    pub fn reach(&self, state: &State, environment: &EnvironmentName) -> bool {
        let label = state.worker_of(environment);
        match self {
            Self::All => true,
            Self::These(labels) => label.is_none_or(|label| labels.contains(label)),
            Self::Own(labels) => label.is_some_and(|label| labels.contains(label)),
        }
    }

    /// The label that is missing for an environment; nothing where none is.
    pub fn lacking<'a>(
        &self,
        state: &'a State,
        environment: &EnvironmentName,
    ) -> Option<&'a Label> {
        let label = state.worker_of(environment)?;
        match self {
            Self::All => None,
            Self::These(labels) | Self::Own(labels) => (!labels.contains(label)).then_some(label),
        }
    }

    /// What a promotion waits for besides its gates: a worker that has the label. Nothing where
    /// it is carried out here. `seen` is when one was last seen.
    pub fn verdict(
        &self,
        state: &State,
        environment: &EnvironmentName,
        (seen, now): (Option<Time>, Time),
    ) -> Option<Verdict> {
        let label = self.lacking(state, environment)?;
        let seen = sighting(seen, now);
        let reason = format!("waits for a worker with the label {label}; {seen}");
        Some(Verdict::new("worker", "worker", Answer::Waiting, reason))
    }
}

/// Whether workers with a label are there, from when one was last seen, in words that stay the same
/// as long as one is.
pub fn sighting(seen: Option<Time>, now: Time) -> String {
    match seen {
        Some(at) if now.since(at) <= SEEN_RECENTLY => "one is there".to_owned(),
        Some(at) => format!("none has been seen since {at:#}"),
        None => "none has been seen".to_owned(),
    }
}

impl State {
    /// Whether any of its environments, or anything that is being carried out, is left to workers
    /// with one of these labels.
    pub fn is_worked_by(&self, labels: &BTreeSet<Label>) -> bool {
        let policy = self.policy().ok();
        let named = policy.iter().flat_map(|policy| &policy.environments);
        let named = named.map(|environment| &environment.name);
        let under_way = self.open_promotions().filter(|open| open.is_under_way());
        let under_way = under_way.map(|open| &open.request.environment);
        let mut labelled = named
            .chain(under_way)
            .filter_map(|name| self.worker_of(name));
        labelled.any(|label| labels.contains(label))
    }

    /// The label of the workers that alone carry an environment out: where something was begun
    /// there that has acted, that of its plan, else that of the policy in force.
    pub fn worker_of(&self, environment: &EnvironmentName) -> Option<&Label> {
        let under_way = self.under_way(environment);
        let begun = under_way.filter(|promotion| promotion.has_acted());
        if let Some(plan) = begun.and_then(|promotion| promotion.plan.as_ref()) {
            return plan.worker.as_ref();
        }
        let policy = self.policy().ok()?;
        policy.environment(environment)?.worker.as_ref()
    }
}

/// Refuses what carries out, or says what was seen, in an environment whose label is not among
/// `labels`. What others ask for, and what is recorded for them, is for each command's own rule.
///
/// # Errors
/// [`Refusal::Elsewhere`].
pub fn demand_labels(state: &State, command: &Command, labels: &Labels) -> Result<(), Refusal> {
    let Some(environment) = carried_out_in(state, command) else {
        return Ok(());
    };
    match labels.lacking(state, environment) {
        None => Ok(()),
        Some(label) => Err(Refusal::Elsewhere {
            environment: environment.clone(),
            label: label.clone(),
        }),
    }
}

/// The environment in which a command carries something out; nothing for one that does not. Every
/// command is here: a new one is thought about.
fn carried_out_in<'a>(state: &'a State, command: &'a Command) -> Option<&'a EnvironmentName> {
    match command {
        Command::Commit { promotion, .. }
        | Command::StartStep { promotion, .. }
        | Command::EndStep { promotion, .. }
        | Command::GiveUp { promotion, .. } => environment_of(state, *promotion),
        Command::Return { environment, .. } | Command::NoteDrift { environment, .. } => {
            Some(environment)
        }
        // What persons ask for, what follows from the record alone, and sums of what is kept.
        Command::Adopt { .. }
        | Command::CreateRelease { .. }
        | Command::ImportRelease { .. }
        | Command::AddEvidence(_)
        | Command::RecordAttested { .. }
        | Command::RevokeEvidence { .. }
        | Command::Request { .. }
        | Command::Approve { .. }
        | Command::Reject { .. }
        | Command::Withdraw { .. }
        | Command::Cancel { .. }
        | Command::Rollback { .. }
        | Command::Freeze { .. }
        | Command::Unfreeze { .. }
        | Command::Automatic { .. }
        | Command::RequestOverride { .. }
        | Command::ConfirmOverride { .. }
        | Command::ReviewOverride { .. }
        | Command::Hold { .. }
        | Command::Resume { .. }
        | Command::OpenIncident { .. }
        | Command::ResolveIncident { .. }
        | Command::Repair { .. }
        | Command::NoteWatched(_)
        | Command::Expire => None,
    }
}

fn environment_of(state: &State, promotion: PromotionId) -> Option<&EnvironmentName> {
    let promotion = state.promotions.get(&promotion)?;
    Some(&promotion.request.environment)
}
