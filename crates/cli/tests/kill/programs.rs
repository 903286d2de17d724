//! The process is killed by the programs it runs: before, half-way through and after a deployment
//! or a check.

use crate::bad_release::carried_back;
use crate::good_release::carried_on;
use crate::shop::{Kind, Shop};

const KILLED: i32 = 128 + 9;
const IN_DEPLOYMENT: [&str; 3] = [
    "deploy-killed-before",
    "deploy-killed-half",
    "deploy-killed-after",
];
const IN_CHECK: [&str; 2] = ["check-killed-before", "check-killed-after"];

fn points(kind: Kind) -> Vec<&'static str> {
    let deployed = IN_DEPLOYMENT.into_iter().filter(|_| kind == Kind::Deployed);
    deployed.chain(IN_CHECK).collect()
}

#[test]
fn a_good_release_goes_in() {
    for kind in [Kind::Deployed, Kind::Tagged] {
        let (mut shop, mut current) = Shop::new(kind);
        for first in points(kind) {
            let new = shop.release();
            shop.world.toggle(first);
            shop.must(&["promote", &new.name, "--to", "staging"], &[KILLED]);
            // And once more, while it is carried on.
            shop.world.toggle(first);
            shop.must(&["tick"], &[KILLED]);
            carried_on(&shop, (&current, &new), &first);
            current = new;
        }
    }
}

#[test]
fn a_bad_release_is_rolled_back() {
    for kind in [Kind::Deployed, Kind::Tagged] {
        let (mut shop, good) = Shop::new(kind);
        for first in points(kind) {
            let bad = shop.release();
            shop.world.bad(&bad.name);
            shop.world.toggle(first);
            shop.must(&["promote", &bad.name, "--to", "staging"], &[KILLED]);
            carried_back(&shop, (&good, &bad), &first);
        }
    }
}

#[test]
fn a_rollback_is_carried_on() {
    let (mut shop, good) = Shop::new(Kind::Deployed);
    for second in points(Kind::Deployed) {
        let bad = shop.release();
        shop.world.bad(&bad.name);
        shop.world.toggle("check-killed-after");
        shop.must(&["promote", &bad.name, "--to", "staging"], &[KILLED]);
        if second.starts_with("check") {
            // The first check is the bad release's own, again; the rollback's is the second.
            shop.world.toggle("check-passed-over");
        }
        shop.world.toggle(second);
        shop.must(&["tick"], &[KILLED]);
        let case = format!("{second} in the rollback");
        assert_eq!(shop.outcomes(&bad), ["open"], "{case}");
        carried_back(&shop, (&good, &bad), &case);
    }
}
