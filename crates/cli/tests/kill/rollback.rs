//! A rollback that a person asked for is killed at each request.

use crate::point::{End, run_until};
use crate::shop::{CASES, Kind, Shop};

#[test]
fn at_each_request() {
    let (mut shop, mut good) = Shop::new(Kind::Deployed);
    for nth in 0.. {
        if nth > 0 && nth % CASES == 0 {
            (shop, good) = Shop::new(Kind::Deployed);
        }
        let left = shop.release();
        shop.must(&["promote", &left.name, "--to", "staging"], &[0]);
        let rollback = ["rollback", "staging", "--reason", "orders fail"];
        let end = run_until(&shop, &rollback, nth);
        if let End::Killed(at) = &end {
            shop.settle(at);
            if shop.status()["current"]["release"] == left.name {
                // Killed before it was recorded: nothing was begun.
                shop.assert_in_staging(&left, at);
                shop.must(&rollback, &[0]);
            }
            shop.assert_in_staging(&good, at);
            shop.assert_at_rest(at);
        } else {
            shop.assert_in_staging(&good, &"not killed");
            // Asked for, two images kept, four tags put back.
            assert!(nth >= 11, "only {nth} points");
            return;
        }
    }
}
