//! Entries as lines of the story, and counted.

use liftlock_core::event::{Entry, Event};
use liftlock_core::promotion::{Kind, Outcome, Trigger};

use crate::judge::gave_up;
use crate::world::{ProcessId, World};

/// An entry was appended.
pub(crate) fn entry(world: &mut World, process: ProcessId, entry: &Entry) {
    let (name, what) = words(&entry.event);
    world.statistics.count(&format!("event: {name}"));
    match &entry.event {
        Event::PromotionEnded { outcome, .. } => {
            world
                .statistics
                .count(&format!("outcome: {}", result(outcome)));
            if gave_up(outcome) {
                world.statistics.count("outcome: given up");
            }
        }
        Event::EvidenceAdded(content) if content.attested.is_some() => {
            world.statistics.count("evidence: signed");
        }
        Event::EvidenceAdded(content) if !content.statements.is_empty() => {
            world.statistics.count("evidence: statements");
        }
        Event::PromotionCommitted { plan, .. }
            if plan
                .verdicts
                .iter()
                .any(|verdict| verdict.overridden.is_some()) =>
        {
            world.statistics.count("commit: in spite of a gate");
        }
        Event::PromotionRequested(request) if request.automatic => {
            world.statistics.count("promotion: automatic");
        }
        Event::PromotionRequested(request) => {
            if let Kind::Rollback { cause, .. } = &request.kind {
                let by = match (cause, request.trigger) {
                    (Some(_), _) => "automatic",
                    (None, Some(Trigger::Drift)) => "repair",
                    (None, Some(Trigger::Incident { .. })) => "for an incident",
                    (None, None) => "by hand",
                };
                world.statistics.count(&format!("rollback: {by}"));
            }
        }
        Event::IncidentOpened { check: Some(_), .. } => {
            world.statistics.count("incident: a watched check");
        }
        Event::Watched(stretch) if stretch.lost > liftlock_core::Span::ZERO => {
            world.statistics.count("watched: with gaps");
        }
        _ => {}
    }
    let (n, time, actor) = (entry.n, entry.time, &entry.actor);
    world.tell(|| format!("[{process}] {n}. {name} {what} ({actor}, recorded at {time:#})"));
}

fn result(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed { .. } => "failed",
        Outcome::RolledBack { .. } => "rolled-back",
        Outcome::NothingToReturnTo { .. } => "nothing-to-return-to",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Cancelled { .. } => "cancelled",
        Outcome::Superseded { .. } => "superseded",
        Outcome::Expired => "expired",
    }
}

/// An event's name, and what it says in short.
fn words(event: &Event) -> (&'static str, String) {
    match event {
        Event::Watched(stretch) => (
            "watched",
            format!(
                "{} in {} until {}, {} lost",
                stretch.release, stretch.environment, stretch.until, stretch.lost
            ),
        ),
        Event::PolicyAdopted { digest, .. } => ("policy-adopted", digest.short()),
        Event::ReleaseCreated(content) => ("release-created", content.name.to_string()),
        Event::EvidenceAdded(content) => {
            let (id, gate, finding) = (content.id, &content.gate, content.finding);
            (
                "evidence-added",
                format!("{id} {gate} of {}: {finding:?}", content.release),
            )
        }
        Event::EvidenceRevoked { id, .. } => ("evidence-revoked", id.to_string()),
        Event::PromotionRequested(request) => {
            let (id, release, environment) = (request.id, &request.release, &request.environment);
            let kind = if request.kind == Kind::Promote {
                ""
            } else {
                " (rollback)"
            };
            (
                "promotion-requested",
                format!("{id} {release} -> {environment}{kind}"),
            )
        }
        Event::ApprovalGiven(content) => (
            "approval-given",
            format!("{} for {}", content.id, content.promotion),
        ),
        Event::ApprovalWithdrawn {
            promotion,
            approval,
            ..
        } => ("approval-withdrawn", format!("{approval} for {promotion}")),
        Event::PromotionCommitted { promotion, plan } => {
            let steps = plan.steps.iter().map(|step| step.title());
            (
                "promotion-committed",
                format!("{promotion}: {}", steps.collect::<Vec<_>>().join(", ")),
            )
        }
        Event::PromotionReopened { promotion, reason } => {
            ("promotion-reopened", format!("{promotion}: {reason}"))
        }
        Event::StepStarted { promotion, step } => ("step-started", format!("{promotion} {step}")),
        Event::StepFinished {
            promotion,
            step,
            summary,
            ..
        } => ("step-finished", format!("{promotion} {step}: {summary}")),
        Event::StepFailed {
            promotion,
            step,
            reason,
            ..
        } => ("step-failed", format!("{promotion} {step}: {reason}")),
        Event::ReversalStarted {
            promotion,
            reason,
            steps,
        } => (
            "reversal-started",
            format!("{promotion}, {} steps: {reason}", steps.len()),
        ),
        Event::PromotionEnded { promotion, outcome } => {
            ("promotion-ended", format!("{promotion}: {outcome:?}"))
        }
        Event::OverrideRequested(content) => {
            let (id, promotion) = (content.id, content.promotion);
            (
                "override-requested",
                format!("{id} of {} for {promotion}", content.gate),
            )
        }
        Event::OverrideConfirmed { id } => ("override-confirmed", id.to_string()),
        Event::OverrideReviewed { id, .. } => ("override-reviewed", id.to_string()),
        Event::HoldStarted { environment, .. } => ("hold-started", environment.to_string()),
        Event::HoldEnded { environment } => ("hold-ended", environment.to_string()),
        Event::FreezeStarted { scope, until, .. } => {
            ("freeze-started", format!("{scope} until {until:#}"))
        }
        Event::FreezeEnded { scope, .. } => ("freeze-ended", scope.to_string()),
        Event::IncidentOpened {
            id,
            environment,
            reason,
            ..
        } => (
            "incident-opened",
            format!("{id} in {environment}: {reason}"),
        ),
        Event::DriftSeen {
            environment,
            drifts,
            ..
        } => {
            let drifts = drifts.iter().map(|drift| drift.to_string());
            let drifts = drifts.collect::<Vec<_>>().join(", ");
            ("drift-seen", format!("{environment}: {drifts}"))
        }
        Event::DriftResolved { environment } => ("drift-resolved", environment.to_string()),
        Event::VerifiedAgain {
            environment,
            release,
            ..
        } => ("verified-again", format!("{release} in {environment}")),
        Event::IncidentResolved { id, environment } => {
            ("incident-resolved", format!("{id} in {environment}"))
        }
    }
}
