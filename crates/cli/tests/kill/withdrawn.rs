//! Evidence is revoked after a process was killed: what it began is not finished forward.

use std::fmt;

use crate::point::{End, run_until};
use crate::shop::{CASES, Kind, Release, Shop};

const GATES: &str = "{ qa: { evidence: manual } }";

/// With a release in staging that has its evidence.
fn gated(kind: Kind) -> (Shop, Release) {
    let mut shop = Shop::empty(kind, GATES);
    let (first, _) = vouched(&mut shop);
    shop.must(&["promote", &first.name, "--to", "staging"], &[0]);
    shop.assert_in_staging(&first, &"at first");
    (shop, first)
}

/// A release with its evidence, whose id is returned, too.
fn vouched(shop: &mut Shop) -> (Release, String) {
    let release = shop.release();
    let add = ["evidence", "add", &release.name, "qa", "--pass", "--json"];
    let added = shop.must(&add, &[0]).json();
    let id = added["result"]["evidence"]["evidence"]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("no id in {added}"));
    (release, id.to_owned())
}

/// Revokes, carries on, and checks that `new` is not in staging, and `good` is, as it was.
fn gone_back(shop: &Shop, (good, new): (&Release, &Release), id: &str, case: &dyn fmt::Display) {
    shop.must(&["evidence", "revoke", id, "--reason", "mistaken"], &[0]);
    shop.must(&["tick"], &[0, 1]);
    match shop.outcomes(new).as_slice() {
        [] => {}
        [one] if one == "rolled-back" => {}
        [one] if one == "open" => {
            // Decided again, it waits for evidence, as it did not act.
            let waits = shop.must(&["promote", &new.name, "--to", "staging"], &[3, 4]);
            assert!(format!("{waits:?}").contains("qa"), "{case}: {waits:?}");
            let cancel = ["cancel", &new.name, "--to", "staging", "--reason", "over"];
            shop.must(&cancel, &[0]);
        }
        other => panic!("{case}: {other:?}"),
    }
    shop.assert_in_staging(good, case);
    shop.assert_at_rest(case);
}

#[test]
fn after_a_kill_at_each_request() {
    let (mut shop, mut good) = gated(Kind::Deployed);
    for nth in 0.. {
        if nth > 0 && nth % CASES == 0 {
            (shop, good) = gated(Kind::Deployed);
        }
        let (new, id) = vouched(&mut shop);
        let promote = ["promote", &new.name, "--to", "staging"];
        match run_until(&shop, &promote, nth) {
            End::Killed(at) => gone_back(&shop, (&good, &new), &id, &at),
            End::Survived(_) => {
                assert!(nth >= 15, "only {nth} points");
                return;
            }
        }
    }
}

#[test]
fn after_a_kill_in_a_program() {
    for (kind, toggle) in [
        (Kind::Deployed, "deploy-killed-half"),
        (Kind::Deployed, "check-killed-after"),
        (Kind::Tagged, "check-killed-before"),
    ] {
        let (mut shop, good) = gated(kind);
        let (new, id) = vouched(&mut shop);
        shop.world.toggle(toggle);
        shop.must(&["promote", &new.name, "--to", "staging"], &[128 + 9]);
        gone_back(&shop, (&good, &new), &id, &toggle);
        assert_eq!(shop.outcomes(&new), ["rolled-back"], "{toggle}");
    }
}
