//! Approvals: which persons have said yes to exactly this, and whether they fill every slot.

use std::collections::BTreeSet;

use liftlock_core::policy::{ApprovalRule, Environment, Exclude};
use liftlock_core::{GateName, Identity, Time};

use super::book::{Attempt, Book, Given, Made};
use super::evidence::is_about_any;
use super::people;

impl Book {
    /// The persons whose approval counts for a gate at `now`.
    pub(super) fn approvers(
        &self,
        environment: &Environment,
        (release, attempt): (&Made, &Attempt),
        (gate, rule): (&GateName, &ApprovalRule),
        now: Time,
    ) -> BTreeSet<String> {
        let Some(policy) = &self.policy else {
            return BTreeSet::new();
        };
        let by = people::named(policy, &rule.by);
        let in_force = policy.environment_digest(&environment.name);
        let given = attempt.approvals.iter().filter(|given| {
            let bound = given.content.promotion == attempt.request.id
                && given.content.set == release.content.set_digest()
                && Some(given.content.policy) == in_force
                && given.content.gates.contains(gate);
            let lasts = rule
                .expires
                .is_none_or(|expires| now.since(given.at) < expires);
            let human = !matches!(given.by.identity, Identity::Token(_));
            let may = people::counts(policy, &given.by) && by.contains(&given.by.identity);
            let seen = self.has_seen(release, rule, given);
            bound && seen && lasts && human && may && !given.withdrawn
        });
        let mut persons: BTreeSet<String> = given
            .map(|given| people::person(policy, &given.by.identity))
            .collect();
        for exclude in &rule.exclude {
            match exclude {
                Exclude::Requester => {
                    persons.remove(&people::person(policy, &attempt.by.identity));
                }
                Exclude::Author => self.remove_authors(&mut persons, release),
            }
        }
        persons
    }

    /// Whether who approved had seen the newest evidence of the kind that is reviewed.
    fn has_seen(&self, release: &Made, rule: &ApprovalRule, given: &Given) -> bool {
        let Some(name) = &rule.of else { return true };
        let mut pieces = self.evidence.iter().rev();
        let newest = pieces.find(|piece| {
            piece.content.gate == *name && is_about_any(&piece.content.subject, release)
        });
        newest.is_some_and(|piece| {
            piece.revoked.is_none() && given.content.reviewed.get(name) == Some(&piece.content.id)
        })
    }

    /// An author who is not known could be anyone.
    fn remove_authors(&self, persons: &mut BTreeSet<String>, release: &Made) {
        let Some(policy) = &self.policy else { return };
        // The generator declares persons of the policy and nobody else.
        let declared = release.content.about.author.as_deref();
        let made_by_token = matches!(release.by.identity, Identity::Token(_));
        if made_by_token && declared.is_none() {
            persons.clear();
        }
        persons.remove(&people::person(policy, &release.by.identity));
        persons.remove(declared.unwrap_or_default());
    }
}

/// Whether every slot can be filled and no person fills two: every way is tried.
pub(super) fn can_fill(gates: &[(u32, BTreeSet<String>)]) -> bool {
    let Some(open) = gates.iter().position(|(count, _)| *count > 0) else {
        return true;
    };
    gates[open].1.iter().any(|person| {
        let mut left = gates.to_vec();
        left[open].0 -= 1;
        for (_, persons) in &mut left {
            persons.remove(person);
        }
        can_fill(&left)
    })
}
