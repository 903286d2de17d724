//! The promotion of a release that fails its check is killed at each request, and so is the
//! rollback that follows from it: in the end the good release is back, and both are recorded.

use std::fmt;

use crate::point::{End, run_until};
use crate::shop::{CASES, Kind, Release, Shop};

/// Carries on, and checks that `good` is in staging, and `bad` was rolled back if it was begun.
pub(crate) fn carried_back(
    shop: &Shop,
    (good, bad): (&Release, &Release),
    case: &dyn fmt::Display,
) {
    shop.settle(case);
    if shop.outcomes(bad).is_empty() {
        shop.assert_in_staging(good, case);
        shop.must(&["promote", &bad.name, "--to", "staging"], &[1]);
    }
    assert_eq!(shop.outcomes(bad), ["rolled-back"], "{case}");
    shop.assert_in_staging(good, case);
    let status = shop.status();
    let withdrawn = status["withdrawn"].as_array().expect("a list");
    let found = withdrawn.iter().any(|w| w["release"] == bad.name);
    assert!(found, "{case}: {status}");
    assert!(status["incident"].is_null(), "{case}: {status}");
    let once = format!("staging-{}", bad.name);
    let written = shop.tags().iter().any(|tags| tags.contains_key(&once));
    assert!(!written, "{case}: {once} is there");
    shop.assert_at_rest(case);
    shop.must(&["promote", &good.name, "--to", "staging"], &[0]);
}

fn killed_at_each_request(kind: Kind, least: usize) {
    let (mut shop, mut good) = Shop::new(kind);
    for nth in 0.. {
        if nth > 0 && nth % CASES == 0 {
            (shop, good) = Shop::new(kind);
        }
        let bad = shop.release();
        shop.world.bad(&bad.name);
        let promote = ["promote", &bad.name, "--to", "staging"];
        match run_until(&shop, &promote, nth) {
            End::Killed(at) => carried_back(&shop, (&good, &bad), &at),
            End::Survived(output) => {
                assert_eq!(output.code, 1, "{output:?}");
                carried_back(&shop, (&good, &bad), &"not killed");
                assert!(nth >= least, "only {nth} points");
                return;
            }
        }
    }
}

/// Asked for, committed, two images kept, and for the rollback two kept and four tags looked at.
#[test]
fn where_it_is_deployed() {
    killed_at_each_request(Kind::Deployed, 9);
}

/// Asked for, committed, two images kept, six tags written and six put back.
#[test]
fn where_it_is_only_tagged() {
    killed_at_each_request(Kind::Tagged, 25);
}

/// To two regions. Its copies stay, with what keeps them; its tags do not.
#[test]
fn where_it_is_copied_first() {
    killed_at_each_request(Kind::Copied, 30);
}
