//! Evidence: added, listed, revoked; and how it is told.

mod add;
mod findings;
mod list;
mod revoke;

use liftlock_core::evidence::ReportFacts;
use liftlock_core::{Evidence, Release, State, Subject, Time};
use liftlock_oci::Digest;
use liftlock_reports::ReportError;
use serde_json::{Value, json};

pub use add::{Add, Report};
pub use list::List;
pub use revoke::Revoke;

pub(crate) use add::run as add;
pub(crate) use list::run as list;
pub(crate) use revoke::run as revoke;

/// What a report says.
///
/// # Errors
/// Where it is none that is read here.
pub fn facts_of(bytes: &[u8], digest: Digest) -> Result<ReportFacts, ReportError> {
    liftlock_reports::read(bytes).map(|facts| liftlock_reports::evidence(facts, digest))
}

/// The evidence about a release: about its whole set, one of its images, or one of their platforms.
pub fn about<'a>(state: &'a State, release: &Release) -> Vec<&'a Evidence> {
    // Taken once: it is a digest over all images, and there may be much evidence of other releases.
    let own = release.content.set_digest();
    let all = state.evidence.iter();
    let about = all.filter(|evidence| match &evidence.content.subject {
        Subject::Release { set } => *set == own,
        Subject::Image { .. } => evidence.is_about(release),
    });
    about.collect()
}

/// One piece of evidence: a line, and below it what it says of findings, as far as it matters now.
pub fn lines(state: &State, evidence: &Evidence, now: Time) -> Vec<String> {
    let mut lines = vec![line(state, evidence)];
    lines.extend(findings::statements(evidence));
    for said in findings::by_environment(state, evidence, now) {
        lines.extend(said.lines());
    }
    lines
}

fn line(state: &State, evidence: &Evidence) -> String {
    let content = &evidence.content;
    let said = match content.finding {
        Some(liftlock_core::evidence::Finding::Passed) => "passed",
        Some(liftlock_core::evidence::Finding::Failed) => "FAILED",
        None if !content.statements.is_empty() => "says",
        None if content.attested.is_some() && content.report.is_none() => "signed",
        None => "figures",
    };
    let figures: Vec<_> = content
        .figures
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    let about = match &content.subject {
        Subject::Release { .. } => "the release".to_owned(),
        Subject::Image {
            image,
            platform: None,
        } => format!("image {}", image.short()),
        Subject::Image {
            platform: Some(platform),
            ..
        } => format!("platform {}", platform.short()),
    };
    let mut line = format!("{:<4} {:<20} {said:<8} {about}", content.id, content.gate);
    if !figures.is_empty() {
        line.push_str(&format!("  {}", figures.join(", ")));
    }
    if let Some(attested) = &content.attested {
        let policy = state.policy().ok();
        let name = policy.and_then(|policy| policy.key_name(&attested.key));
        let key = match name {
            Some(name) => name.to_string(),
            None => format!("the key {}", attested.key.short()),
        };
        line.push_str(&format!("  {} signed by {key}, found", attested.predicate));
    }
    let space = if content.attested.is_some() { "" } else { " " };
    line.push_str(&format!(
        "{space} by {} at {}",
        evidence.by,
        crate::show::time::instant(evidence.at)
    ));
    if content
        .report
        .as_ref()
        .is_some_and(|report| report.asserted)
    {
        line.push_str("  (asserted)");
    }
    if let Some((_, reason)) = &evidence.revoked {
        line.push_str(&format!("  REVOKED: {reason}"));
    }
    line
}

fn value(state: &State, evidence: &Evidence, now: Time) -> Value {
    let gates = findings::by_environment(state, evidence, now);
    let gates: Vec<_> = gates.iter().map(findings::Said::json).collect();
    json!({
        "evidence": evidence.content,
        "by": evidence.by,
        "at": evidence.at,
        "counts_from": evidence.counts_from,
        "gates": gates,
        "revoked": evidence.revoked.as_ref().map(|(at, reason)| json!({ "at": at, "reason": reason })),
    })
}
