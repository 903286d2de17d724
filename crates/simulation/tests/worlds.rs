//! A few worlds. The many are lived through by the program: `cargo run -p liftlock-simulation`.

use liftlock_simulation::run;

#[test]
fn no_world_breaks_an_invariant() {
    for seed in 1..=12 {
        let outcome = run(seed, false);
        assert_eq!(outcome.breach, None, "seed {seed}");
        assert!(!outcome.ledger.is_empty(), "seed {seed} does nothing");
    }
}

#[test]
fn the_same_seed_gives_the_same_ledger_byte_for_byte() {
    for seed in [3, 4, 100] {
        let (first, second) = (run(seed, false), run(seed, true));
        assert_eq!(first.ledger, second.ledger, "seed {seed}");
        assert_eq!(first.statistics, second.statistics, "seed {seed}");
        assert!(first.story.is_empty() && !second.story.is_empty());
    }
    assert_ne!(run(3, false).ledger, run(4, false).ledger);
}
