//! Machines that each carry out promotions in the same places, and what was deployed there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use liftlock_testkit::World;

/// As the test kit's program, and says where two of one environment run at once.
const DEPLOY: &str = r#"#!/bin/sh
set -eu
environment=$LIFTLOCK_ENVIRONMENT
exec 9>"running/$environment.lock"
flock -n 9 || echo "$environment $LIFTLOCK_PROMOTION" >> overlaps
while [ -e toggle/deploy-held ]; do
  basename "$PWD" > "running/$environment.held"
  sleep 0.02
done
digests=$(env | sed -n 's/^LIFTLOCK_DIGEST_//p' | sort | tr '\n' ' ')
line="$environment $LIFTLOCK_PROMOTION $LIFTLOCK_RELEASE $digests"
echo "$line" >> deployments
echo "$line" > "running/$environment.new.$$"
mv "running/$environment.new.$$" "running/$environment"
echo "deployed $LIFTLOCK_RELEASE"
"#;

/// What all machines reach.
const SHARED: [&str; 5] = ["bad", "deployments", "overlaps", "running", "toggle"];

/// Writes the program that deploys, before any pipeline is adopted.
pub(crate) fn prepare(world: &World) {
    world.write_program("deploy.sh", DEPLOY);
    world.write("overlaps", "");
}

/// Makes a machine: a folder of its own with the same files and log key. Gives a pipeline's file
/// in it.
pub(crate) fn make(world: &World, name: &str) -> String {
    let (from, to) = (world.folder(), world.folder().join(name));
    fs::create_dir_all(to.join(".liftlock")).expect("a folder");
    for item in fs::read_dir(&from).expect("a folder") {
        let path = item.expect("an item").path();
        let file = path.file_name().expect("a name");
        let is_shop = path.extension().is_some_and(|kind| kind == "yaml");
        if is_shop || path.extension().is_some_and(|kind| kind == "sh") {
            fs::copy(&path, to.join(file)).expect("copied");
        }
    }
    let key = ".liftlock/log.key";
    fs::copy(from.join(key), to.join(key)).expect("the log's key");
    for shared in SHARED {
        symlink(from.join(shared), to.join(shared)).expect("a link");
    }
    format!("{name}/shop-0.yaml")
}

/// Each environment got its releases in order, each by one promotion, and never two at once. How
/// many deployments were made again, as one is whose end could not be recorded.
pub(crate) fn judge(world: &World) -> usize {
    let overlaps = fs::read_to_string(world.folder().join("overlaps")).expect("a file");
    assert_eq!(overlaps, "", "two of these ran at once");
    let mut last: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut repeated = 0;
    for made in world.deployments() {
        let number = made.release.trim_start_matches('r');
        let now: (u64, String) = (number.parse().expect("a number"), made.promotion);
        let before = last.insert(made.environment.clone(), now.clone());
        let Some(before) = before else { continue };
        let place = &made.environment;
        assert!(before.0 <= now.0, "{place}: {now:?} after {before:?}");
        assert!(
            before.0 < now.0 || before.1 == now.1,
            "{place}: {now:?} twice"
        );
        repeated += usize::from(before.0 == now.0);
    }
    repeated
}
