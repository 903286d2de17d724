//! A message in one line of plain text.

use liftlock_core::evidence::Finding;
use liftlock_core::promotion::Outcome;

use crate::outgoing::{Kind, Message};

/// What happened, without why.
pub(super) fn headline(message: &Message) -> String {
    let pipeline = &message.pipeline;
    let release = shown(message.release.as_ref(), "a release");
    let place = shown(message.environment.as_ref(), "all environments");
    let id = message.id.as_deref().unwrap_or_default();
    let gates: Vec<_> = message.gates.iter().map(ToString::to_string).collect();
    let gates = gates.join(", ");
    let what = match message.kind {
        Kind::PolicyAdopted => "another policy is in force".to_owned(),
        Kind::ReleaseCreated => format!("{release} was created"),
        Kind::ReleaseVerified => format!("{release} is verified in {place} again"),
        Kind::EvidenceAdded => {
            let finding = match message.finding {
                Some(Finding::Passed) => "passed",
                Some(Finding::Failed) => "FAILED",
                None => "has figures",
            };
            format!("{gates} {finding} for {release}")
        }
        Kind::EvidenceRevoked => format!("{gates} ({id}) does not count for {release} any more"),
        Kind::PromotionRequested if message.awaited.is_empty() => {
            format!("{release} is asked into {place}")
        }
        Kind::PromotionRequested => format!("{release} waits for {place}"),
        Kind::PromotionCommitted if message.rollback => format!("{place} returns to {release}"),
        Kind::PromotionCommitted => format!("{release} goes into {place}"),
        Kind::PromotionReopened => format!("{release} waits for {place} again"),
        Kind::PromotionReverting => format!("{release} FAILED in {place}; tags are put back"),
        Kind::PromotionEnded => ended(message, &release, &place),
        Kind::ApprovalGiven => format!("{release} was approved for {place} ({gates})"),
        Kind::ApprovalWithdrawn => format!("an approval of {release} for {place} was taken back"),
        Kind::IncidentOpened => format!("INCIDENT {id} in {place}"),
        Kind::IncidentResolved => format!("incident {id} in {place} is over"),
        Kind::DriftSeen => format!("{place} is not as {release} left it"),
        Kind::DriftResolved => format!("{place} is as recorded again"),
        Kind::FreezeStarted => match message.until {
            Some(until) => format!("{place}: frozen until {until:#}"),
            None => format!("{place}: frozen"),
        },
        Kind::FreezeEnded => format!("{place}: not frozen any more"),
        Kind::HoldStarted => format!("automatic promotions into {place} are on hold"),
        Kind::HoldEnded => format!("automatic promotions into {place} go on"),
        Kind::OverrideRequested => {
            format!("override {id} of {gates} for {release} in {place} wants a second person")
        }
        Kind::OverrideConfirmed => {
            format!("override {id} passes {gates} for {release} in {place}")
        }
        Kind::OverrideReviewed => format!("override {id} was reviewed"),
    };
    format!("{pipeline}: {what}")
}

fn ended(message: &Message, release: &str, place: &str) -> String {
    match &message.outcome {
        Some(Outcome::Succeeded) if message.rollback => format!("{place} is back on {release}"),
        Some(Outcome::Succeeded) => format!("{release} is in {place}"),
        Some(Outcome::RolledBack { to, .. }) => {
            format!("{release} FAILED in {place}, which is back on {to}")
        }
        Some(Outcome::Failed { .. }) | None => format!("{release} FAILED in {place}"),
        Some(Outcome::NothingToReturnTo { .. }) => {
            format!("{release} FAILED in {place}, and there is nothing to return to")
        }
        Some(Outcome::Rejected { .. }) => format!("{release} was rejected for {place}"),
        Some(Outcome::Cancelled { .. }) => format!("{release} for {place} was called off"),
        Some(Outcome::Superseded { .. }) => {
            format!("{release} for {place} was overtaken by a later release")
        }
        Some(Outcome::Expired) => format!("{release} waited for {place} too long"),
    }
}

fn shown(name: Option<&impl ToString>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), ToString::to_string)
}
