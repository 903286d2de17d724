//! Persons and slots, against every way there is.

use std::collections::BTreeSet;

use liftlock_core::gates::{Slots, assign};
use proptest::collection::{btree_set, vec};

use crate::naive::can_fill;
use crate::properties::runner;

/// The most gates that can be filled together, and the first such choice in order.
fn best(gates: &[Slots]) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::new();
    for choice in 0..1u32 << gates.len() {
        let chosen: Vec<usize> = (0..gates.len())
            .filter(|gate| choice & (1 << gate) != 0)
            .collect();
        let wanted: Vec<_> = chosen
            .iter()
            .map(|gate| (gates[*gate].count, gates[*gate].persons.clone()))
            .collect();
        let better = chosen.len() > best.len() || (chosen.len() == best.len() && chosen < best);
        if better && can_fill(&wanted) {
            best = chosen;
        }
    }
    best
}

#[test]
fn the_most_gates_pass_and_nobody_serves_twice() {
    let gate = (1..4usize, btree_set(0..5u8, 0..5));
    let result = runner(400).run(&vec(gate, 1..5), |gates| {
        let gates: Vec<Slots> = gates
            .into_iter()
            .map(|(count, persons)| Slots {
                count,
                persons: persons.into_iter().map(|p| format!("p{p}")).collect(),
            })
            .collect();
        let served = assign(&gates);
        assert_eq!(served.len(), gates.len());
        let mut everyone = BTreeSet::new();
        for (gate, persons) in gates.iter().zip(&served) {
            assert!(
                persons.is_subset(&gate.persons),
                "someone serves who may not"
            );
            assert!(persons.len() <= gate.count, "more than are asked for");
            for person in persons {
                assert!(everyone.insert(person.clone()), "{person} serves twice");
            }
        }
        let full: Vec<usize> = (0..gates.len())
            .filter(|gate| served[*gate].len() == gates[*gate].count)
            .collect();
        assert_eq!(full, best(&gates), "{gates:?} served by {served:?}");
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_gates_need_nobody() {
    assert_eq!(assign(&[]), Vec::<BTreeSet<String>>::new());
}
