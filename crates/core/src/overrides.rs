//! Overrides: one gate of one promotion, passed by the decision of two persons, for a time
//! (semantics, "Override"). Recorded, shown, and listed until someone has looked at it again.

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

use crate::policy::OverrideRule;
use crate::promotion::Promotion;
use crate::{Actor, GateName, OverrideId, Policy, PromotionId, Release, Span, State, Time};

/// The kinds of verdicts that an override can be laid over. Never the rules that are always there:
/// `after`, what is being carried out, known-good; digests and tags are no gates at all.
const KINDS: [&str; 6] = [
    "evidence",
    "approval",
    "soak",
    "window",
    "freeze",
    "signature",
];

/// Whether an override can be laid over verdicts of this kind.
pub fn is_overridable(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// An override as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideContent {
    /// Its id.
    pub id: OverrideId,
    /// The promotion it is for.
    pub promotion: PromotionId,
    /// The gate; `freeze` for a freeze.
    pub gate: GateName,
    /// The set of digests it is for.
    pub set: Digest,
    /// The environment's policy digest it was asked for under.
    pub policy: Digest,
    /// How long it counts once it is confirmed.
    pub lasts: Span,
    /// Why.
    pub reason: String,
}

/// An override in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What was asked for.
    pub content: OverrideContent,
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// By whom it was confirmed, and when.
    pub confirmed: Option<(Actor, Time)>,
    /// By whom it was looked at again, when, and what was found.
    pub reviewed: Option<(Actor, Time, String)>,
}

impl Override {
    /// When it stops to count; `None` before it is confirmed.
    pub fn until(&self) -> Option<Time> {
        let (_, at) = self.confirmed.as_ref()?;
        Some(*at + self.content.lasts)
    }
}

impl State {
    /// An override by its id.
    pub fn override_by(&self, id: OverrideId) -> Option<&Override> {
        let known = self.overrides.get(id.place()?);
        known.filter(|known| known.content.id == id)
    }
}

/// Why an override does not pass its gate now; `Ok` with the instant at which it stops where it
/// does.
pub(crate) fn counts(
    (policy, rule): (&Policy, Option<&OverrideRule>),
    (release, digest): (&Release, Option<Digest>),
    promotion: &Promotion,
    known: &Override,
    now: Time,
) -> Result<Time, String> {
    let content = &known.content;
    let id = content.id;
    let Some(rule) = rule else {
        return Err(format!(
            "{id} is void: the file has no `override` here any more"
        ));
    };
    if content.promotion != promotion.request.id {
        return Err(format!("{id} is for {}", content.promotion));
    }
    if content.set != release.content.set_digest() || Some(content.policy) != digest {
        return Err(format!(
            "{id} was asked for under another policy, which voids it"
        ));
    }
    eligible(policy, rule, &known.by).map_err(|why| format!("{id} is void: {why}"))?;
    let Some((by, at)) = &known.confirmed else {
        return Err(format!(
            "{id} waits until another of {} confirms it",
            members(policy, rule)
        ));
    };
    eligible(policy, rule, by).map_err(|why| format!("{id} is void: {why}"))?;
    if policy.person(&by.identity) == policy.person(&known.by.identity) {
        return Err(format!(
            "{id} is void: one person asked for and confirmed it"
        ));
    }
    let until = *at + content.lasts.min(rule.max);
    if until <= now {
        return Err(format!("{id} has expired"));
    }
    Ok(until)
}

/// Whether an actor may take part in an override; if not, why.
pub(crate) fn eligible(policy: &Policy, rule: &OverrideRule, actor: &Actor) -> Result<(), String> {
    if !policy.counts(actor) {
        return Err(format!(
            "{actor} is only claimed, and the file asks for authenticated identities"
        ));
    }
    if actor.identity.is_machine() {
        return Err(format!("{actor} is a token, and tokens cannot override"));
    }
    if !policy.any_means(&rule.by, actor) {
        return Err(format!("{actor} is not of {}", members(policy, rule)));
    }
    Ok(())
}

/// Who may take part, for people to read.
pub(crate) fn members(policy: &Policy, rule: &OverrideRule) -> String {
    let members: Vec<_> = policy.members(&rule.by).into_iter().collect();
    members.join(", ")
}
