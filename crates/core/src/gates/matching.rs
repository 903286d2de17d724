//! Persons matched to the slots of approval gates, so that the most gates pass (semantics,
//! "Approval"). One person fills one slot.

use std::collections::{BTreeMap, BTreeSet};

/// What a gate asks for: how many persons, and which of those who approved may serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// How many persons.
    pub count: usize,
    /// Who may.
    pub persons: BTreeSet<String>,
}

/// For each gate, the persons that serve it. Among all choices of gates that can be filled
/// together the largest is taken, and of those the first in order; what persons are left go to
/// the other gates in order. At most 8 gates are looked at in every combination; `Policy` has no
/// more.
pub fn assign(gates: &[Slots]) -> Vec<BTreeSet<String>> {
    let mut choices: Vec<u32> = (0..1u32 << gates.len().min(8)).collect();
    choices.sort_by_key(|choice| {
        (
            std::cmp::Reverse(choice.count_ones()),
            std::cmp::Reverse(choice.reverse_bits()),
        )
    });
    for choice in choices {
        let chosen = |gate: usize| choice & (1 << gate) != 0;
        let mut matching = Matching::default();
        let filled = (0..gates.len())
            .filter(|gate| chosen(*gate))
            .all(|gate| (0..gates[gate].count).all(|_| matching.fill(gates, gate)));
        if filled {
            // What is left over still shows how far the other gates are.
            for gate in (0..gates.len()).filter(|gate| !chosen(*gate)) {
                while matching.count(gate) < gates[gate].count && matching.fill(gates, gate) {}
            }
            return (0..gates.len())
                .map(|gate| matching.persons(gate))
                .collect();
        }
    }
    vec![BTreeSet::new(); gates.len()]
}

/// Which gate each person serves.
#[derive(Default)]
struct Matching<'a>(BTreeMap<&'a str, usize>);

impl<'a> Matching<'a> {
    /// Fills one more slot of `gate`, moving others to other gates where that helps: an
    /// augmenting path.
    fn fill(&mut self, gates: &'a [Slots], gate: usize) -> bool {
        let mut seen = BTreeSet::new();
        self.augment(gates, gate, &mut seen)
    }

    fn augment(&mut self, gates: &'a [Slots], gate: usize, seen: &mut BTreeSet<&'a str>) -> bool {
        for person in &gates[gate].persons {
            if self.0.get(person.as_str()) == Some(&gate) || !seen.insert(person) {
                continue;
            }
            let free = match self.0.get(person.as_str()).copied() {
                None => true,
                Some(other) => self.augment(gates, other, seen),
            };
            if free {
                self.0.insert(person, gate);
                return true;
            }
        }
        false
    }

    fn count(&self, gate: usize) -> usize {
        self.0.values().filter(|served| **served == gate).count()
    }

    fn persons(&self, gate: usize) -> BTreeSet<String> {
        let served = self.0.iter().filter(|(_, served)| **served == gate);
        served.map(|(person, _)| (*person).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(count: usize, persons: &[&str]) -> Slots {
        Slots {
            count,
            persons: persons.iter().map(|p| (*p).to_owned()).collect(),
        }
    }

    #[test]
    fn someone_in_several_groups_does_not_block_either() {
        // Alice may serve both, Bob only the first: a greedy choice of Alice for the first fails.
        let served = assign(&[slots(1, &["alice", "bob"]), slots(1, &["alice"])]);
        assert_eq!(served[0], BTreeSet::from(["bob".to_owned()]));
        assert_eq!(served[1], BTreeSet::from(["alice".to_owned()]));
    }

    #[test]
    fn one_person_fills_one_slot() {
        let served = assign(&[slots(1, &["alice"]), slots(1, &["alice"])]);
        assert_eq!(served.iter().map(BTreeSet::len).sum::<usize>(), 1);
    }

    #[test]
    fn the_most_gates_pass() {
        // Serving the first gate (two persons) would leave the other two empty.
        let both = &["alice", "bob"];
        let served = assign(&[slots(2, both), slots(1, &["alice"]), slots(1, &["bob"])]);
        assert_eq!(served[1].len() + served[2].len(), 2);
        assert!(served[0].is_empty());
    }

    #[test]
    fn a_gate_that_is_not_full_shows_how_far_it_is() {
        let served = assign(&[slots(3, &["alice", "bob"])]);
        assert_eq!(served[0].len(), 2);
    }
}
