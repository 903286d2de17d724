//! Gates that are passed by decision: by two persons who may, for a time, of one promotion under one
//! policy.

use liftlock_core::event::{Entry, Event};
use liftlock_core::overrides::OverrideContent;
use liftlock_core::policy::{Environment, GateRule, Policy};
use liftlock_core::{Actor, GateName, Identity, OverrideId, ReleaseName, Time};

use super::book::{Attempt, Book, Made};
use super::people;

/// An override.
pub(crate) struct Decision {
    pub(crate) content: OverrideContent,
    pub(crate) by: Actor,
    pub(crate) confirmed: Option<(Actor, Time)>,
    pub(crate) reviewed: bool,
}

/// Whether an actor may decide such things in an environment.
fn may(policy: &Policy, environment: &Environment, actor: &Actor) -> bool {
    let Some(rule) = &environment.overrides else {
        return false;
    };
    let human = !matches!(actor.identity, Identity::Token(_));
    human
        && people::counts(policy, actor)
        && people::named(policy, &rule.by).contains(&actor.identity)
}

fn one_person(policy: &Policy, one: &Actor, other: &Actor) -> bool {
    people::person(policy, &one.identity) == people::person(policy, &other.identity)
}

impl Book {
    /// When the second person agreed, where a gate of a promotion is passed by decision at `now`.
    pub(super) fn decided_on(
        &self,
        environment: &Environment,
        (release, attempt): (&Made, &Attempt),
        gate: &str,
        now: Time,
    ) -> Option<Time> {
        let policy = self.policy.as_ref()?;
        let most = environment.overrides.as_ref()?.max;
        let in_force = policy.environment_digest(&environment.name);
        self.decisions.iter().rev().find_map(|decision| {
            let content = &decision.content;
            let (second, at) = decision.confirmed.as_ref()?;
            let bound = content.promotion == attempt.request.id
                && content.gate.as_str() == gate
                && content.set == release.content.set_digest()
                && Some(content.policy) == in_force;
            let lasts = if content.lasts < most {
                content.lasts
            } else {
                most
            };
            let two = may(policy, environment, &decision.by)
                && may(policy, environment, second)
                && !one_person(policy, &decision.by, second);
            (bound && two && now.since(*at) < lasts).then_some(*at)
        })
    }

    /// The gates of evidence that a promotion is committed in spite of, each with when two persons
    /// agreed to that.
    pub(super) fn passed_over(&self, attempt: &Attempt, now: Time) -> Vec<(GateName, Time)> {
        let policy = self.policy.as_ref();
        let environment = policy.and_then(|p| p.environment(&attempt.request.environment));
        let release = self.releases.get(&attempt.request.release);
        let Some((environment, release)) = environment.zip(release) else {
            return Vec::new();
        };
        let mut over = Vec::new();
        for gate in environment.gates.list() {
            let passes = match &gate.rule {
                GateRule::Evidence(rule) => {
                    self.is_evident(environment, release, (&gate.name, rule), now)
                }
                GateRule::Signature(rule) => self.is_signed(release, &gate.name, rule),
                _ => continue,
            };
            let decided =
                || self.decided_on(environment, (release, attempt), gate.name.as_str(), now);
            if let Some(at) = (!passes).then(decided).flatten() {
                over.push((gate.name.clone(), at));
            }
        }
        over
    }

    /// Whether two persons knew all that there is by now for a gate when they let a release into an
    /// environment.
    pub(super) fn was_known(&self, by: Option<&Attempt>, gate: &GateName, release: &Made) -> bool {
        let over = by.and_then(|attempt| attempt.passed_over.get(gate));
        let Some(at) = over else { return false };
        let mut about = self.evidence.iter().filter(|piece| {
            piece.content.gate == *gate
                && super::evidence::is_about_any(&piece.content.subject, release)
        });
        about.all(|piece| piece.at <= *at && piece.revoked.is_none_or(|revoked| revoked <= *at))
    }

    fn decision(&self, id: OverrideId) -> Result<&Decision, String> {
        let mut decisions = self.decisions.iter();
        let decision = decisions.find(|decision| decision.content.id == id);
        decision.ok_or_else(|| format!("there is no {id}"))
    }

    fn attempt_of(&self, decision: &OverrideContent) -> Result<(&Attempt, &Environment), String> {
        let attempt = self.attempts.get(&decision.promotion);
        let attempt = attempt.ok_or_else(|| format!("{} is for no promotion", decision.id))?;
        let policy = self.policy.as_ref();
        let environment = policy.and_then(|p| p.environment(&attempt.request.environment));
        let environment = environment.ok_or("its environment is not there")?;
        Ok((attempt, environment))
    }
}

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, entry: &Entry) -> Result<(), String> {
    let Some(policy) = &book.policy else {
        return Ok(());
    };
    let actor = &entry.actor;
    match &entry.event {
        Event::OverrideRequested(content) => requested(book, policy, content, actor),
        Event::OverrideConfirmed { id } => {
            let decision = book.decision(*id)?;
            let (attempt, environment) = book.attempt_of(&decision.content)?;
            let wrong = [
                (decision.confirmed.is_some(), "is confirmed again"),
                (!attempt.is_waiting(), "is for what does not wait"),
                (
                    !may(policy, environment, actor),
                    "is confirmed by whom it may not be",
                ),
                (one_person(policy, &decision.by, actor), "is one person's"),
            ];
            first(&wrong, *id)
        }
        Event::OverrideReviewed { id, .. } => {
            let decision = book.decision(*id)?;
            let (_, environment) = book.attempt_of(&decision.content)?;
            let reviewer = may(policy, environment, actor) || people::owns(policy, actor);
            let wrong = [
                (
                    decision.confirmed.is_none(),
                    "is reviewed, and does not count",
                ),
                (decision.reviewed, "is reviewed again"),
                (!reviewer, "is reviewed by whom it may not be"),
                (
                    one_person(policy, &decision.by, actor),
                    "is reviewed by who asked",
                ),
            ];
            first(&wrong, *id)
        }
        _ => Ok(()),
    }
}

fn requested(
    book: &Book,
    policy: &Policy,
    content: &OverrideContent,
    actor: &Actor,
) -> Result<(), String> {
    let (attempt, environment) = book.attempt_of(content)?;
    let most = environment.overrides.as_ref().map(|rule| rule.max);
    let named = environment.gates.list().iter();
    let mut named = named.map(|gate| gate.name.as_str()).chain(["freeze"]);
    let set = |release: &ReleaseName| {
        book.releases
            .get(release)
            .map(|made| made.content.set_digest())
    };
    let wrong = [
        (
            !may(policy, environment, actor),
            "is asked for by whom it may not be",
        ),
        (
            !attempt.is_waiting() || attempt.is_rollback(),
            "is for what does not wait",
        ),
        (
            !named.any(|name| name == content.gate.as_str()),
            "is for no gate",
        ),
        (
            most.is_none_or(|most| content.lasts > most),
            "lasts too long",
        ),
        (
            set(&attempt.request.release) != Some(content.set),
            "is for other digests",
        ),
        (
            policy.environment_digest(&environment.name) != Some(content.policy),
            "is for another policy",
        ),
    ];
    first(&wrong, content.id)
}

fn first(wrong: &[(bool, &str)], id: OverrideId) -> Result<(), String> {
    match wrong.iter().find(|(wrong, _)| *wrong) {
        Some((_, why)) => Err(format!("the override {id} {why}")),
        None => Ok(()),
    }
}
