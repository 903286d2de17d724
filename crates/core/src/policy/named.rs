//! Whom a policy names, wherever it does.

use std::collections::BTreeSet;

use super::{GateRule, Policy, Who};
use crate::{Actor, ProviderGroup};

impl Policy {
    /// Everyone it names: as owner, person, member of a group, where something is allowed, and in
    /// every gate and override.
    fn named(&self) -> impl Iterator<Item = &Who> {
        let allowed = self.allow.values().flatten();
        let members = self.groups.values().flatten();
        let environments = self.environments.iter();
        let within = environments.flat_map(|environment| {
            let gates = environment.gates.list().iter();
            let gates = gates.flat_map(|gate| in_gate(&gate.rule));
            let overrides = environment.overrides.iter();
            gates.chain(overrides.flat_map(|rule| &rule.by))
        });
        self.owners
            .iter()
            .chain(allowed)
            .chain(members)
            .chain(within)
    }

    /// Whether it names this actor anywhere. A claimed identity counts as much as it says.
    pub fn names(&self, actor: &Actor) -> bool {
        let mut persons = self.people.values();
        self.counts(actor)
            && (persons.any(|identities| identities.contains(&actor.identity))
                || self.named().any(|who| self.means(who, actor)))
    }

    /// The groups of the provider that it names.
    pub(crate) fn provider_groups(&self) -> BTreeSet<&ProviderGroup> {
        let groups = self.named().filter_map(|who| match who {
            Who::Group(group) => Some(group),
            Who::Identity(_) | Who::Name(_) => None,
        });
        groups.collect()
    }
}

fn in_gate(rule: &GateRule) -> Vec<&Who> {
    match rule {
        GateRule::Evidence(rule) => rule.from.iter().chain(&rule.vex).collect(),
        GateRule::Approval(rule) => rule.by.iter().collect(),
        GateRule::Soak(_) | GateRule::Window(_) | GateRule::Signature(_) => Vec::new(),
    }
}
