//! The promotion of a release that works is killed at each request: it goes in, or nothing is
//! changed, and asking again brings it in.

use std::fmt;

use crate::point::{End, run_until};
use crate::shop::{CASES, Kind, Release, Shop};

/// Carries on, and checks that `new` is in staging or everything is as it was with `old`.
pub(crate) fn carried_on(shop: &Shop, (old, new): (&Release, &Release), case: &dyn fmt::Display) {
    shop.settle(case);
    let outcomes = shop.outcomes(new);
    match outcomes.as_slice() {
        [] => shop.assert_in_staging(old, case),
        [one] if one == "succeeded" => shop.assert_in_staging(new, case),
        other => panic!("{case}: {other:?}"),
    }
    shop.assert_at_rest(case);
    // 5 where anything were not as recorded.
    shop.must(&["promote", &new.name, "--to", "staging"], &[0]);
    if outcomes.is_empty() {
        shop.assert_in_staging(new, case);
    }
    assert_eq!(shop.outcomes(new), ["succeeded"], "{case}");
}

fn killed_at_each_request(kind: Kind, least: usize) {
    let (mut shop, mut current) = Shop::new(kind);
    for nth in 0.. {
        if nth > 0 && nth % CASES == 0 {
            (shop, current) = Shop::new(kind);
        }
        let new = shop.release();
        let promote = ["promote", &new.name, "--to", "staging"];
        match run_until(&shop, &promote, nth) {
            End::Killed(at) => carried_on(&shop, (&current, &new), &at),
            End::Survived(output) => {
                assert_eq!(output.code, 0, "{output:?}");
                shop.assert_in_staging(&new, &"not killed");
                assert!(nth >= least, "only {nth} points");
                return;
            }
        }
        current = new;
    }
}

/// Asked for, committed, two images kept, six tags written.
#[test]
fn where_it_is_deployed() {
    killed_at_each_request(Kind::Deployed, 15);
}

#[test]
fn where_it_is_only_tagged() {
    killed_at_each_request(Kind::Tagged, 15);
}

/// To two regions: two images of three blobs, three manifests and a tag each, and twelve tags.
#[test]
fn where_it_is_copied_first() {
    killed_at_each_request(Kind::Copied, 45);
}
