//! A release that is deployed through a Git repository and signed: the process is killed before
//! each command of git, and at each request.

use crate::bad_release::carried_back;
use crate::chance::is_asked_for;
use crate::good_release::carried_on;
use crate::hub::{kill_before, spared, take_calls};
use crate::point::{End, run_until};
use crate::shop::{CASES, Kind, Release, Shop};

const KILLED: i32 = 128 + 9;

/// The commands before which something else is left than before the one before: what was fetched,
/// committed and pushed, each time.
fn points(calls: &[String]) -> Vec<(String, usize)> {
    let telling = ["init", "commit-tree", "push", "diff"];
    let places = (0..).zip(calls);
    let telling = places.filter(|(_, verb)| telling.contains(&verb.as_str()));
    let same = |(place, verb): (usize, &String)| {
        let before = calls[..place].iter().filter(|other| *other == verb);
        (verb.clone(), before.count())
    };
    telling.map(same).collect()
}

/// What git is asked while this release is promoted, which ends with `code`.
fn asked(shop: &Shop, release: &Release, code: i32) -> Vec<(String, usize)> {
    take_calls(&shop.world);
    shop.must(&["promote", &release.name, "--to", "staging"], &[code]);
    points(&take_calls(&shop.world))
}

/// Promotes, and is killed before a command of git; again where `twice`, while it is carried on.
fn killed(shop: &Shop, release: &Release, (verb, passing): &(String, usize), twice: bool) {
    kill_before(&shop.world, verb, *passing);
    shop.must(&["promote", &release.name, "--to", "staging"], &[KILLED]);
    if twice {
        kill_before(&shop.world, verb, 0);
        shop.must(&["tick"], &[KILLED, 0, 1]);
        spared(&shop.world);
    }
}

#[test]
fn before_each_command_of_git() {
    let (mut shop, mut current) = Shop::new(Kind::Committed);
    let new = shop.release();
    let points = asked(&shop, &new, 0);
    // Looked, fetched, committed, pushed, told apart, and read back.
    assert!(points.len() >= 5, "{points:?}");
    current = if points.is_empty() { current } else { new };
    for point in &points {
        let new = shop.release();
        killed(&shop, &new, point, true);
        let case = format!("{point:?}");
        carried_on(&shop, (&current, &new), &case);
        shop.assert_verified(&new, &[0]);
        current = new;
    }
}

#[test]
fn before_each_command_of_git_while_a_bad_release_is_rolled_back() {
    let (mut shop, mut good) = Shop::new(Kind::Committed);
    let bad = shop.release();
    shop.world.bad(&bad.name);
    let points = asked(&shop, &bad, 1);
    assert!(points.len() >= 9, "{points:?}");
    for (n, point) in (1..).zip(&points) {
        if n % CASES == 0 {
            (shop, good) = Shop::new(Kind::Committed);
        }
        let bad = shop.release();
        shop.world.bad(&bad.name);
        killed(&shop, &bad, point, false);
        carried_back(&shop, (&good, &bad), &format!("{point:?}"));
        shop.assert_verified(&bad, &[3]);
    }
}

/// Asked for, committed, two images kept, two statements about each signed in two forms, six tags
/// written. At each third of them, but at all where a drill is asked for.
#[test]
fn at_each_request() {
    let (mut shop, mut current) = Shop::new(Kind::Committed);
    let pace = if is_asked_for() { 1 } else { 3 };
    for (round, nth) in (0..).step_by(pace).enumerate() {
        if round > 0 && round % CASES == 0 {
            (shop, current) = Shop::new(Kind::Committed);
        }
        let new = shop.release();
        let promote = ["promote", &new.name, "--to", "staging"];
        match run_until(&shop, &promote, nth) {
            End::Killed(at) => carried_on(&shop, (&current, &new), &at),
            End::Survived(output) => {
                assert_eq!(output.code, 0, "{output:?}");
                shop.assert_in_staging(&new, &"not killed");
                assert!(nth >= 30, "only {nth} points");
                return;
            }
        }
        shop.assert_verified(&new, &[0]);
        current = new;
    }
}
