//! While one process carries out a promotion, others keep out of the environment.

use std::path::Path;
use std::time::{Duration, Instant};

use liftlock_testkit::Process;

use crate::shop::{Kind, Release, Shop};

/// How long a test waits for something that must come before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a promotion, and returns when its deployment has begun and is held there.
fn held(shop: &Shop, release: &Release) -> Process {
    shop.world.toggle("deploy-held");
    let process = shop.start(&["promote", &release.name, "--to", "staging"]);
    await_file(&shop.world.folder().join("deploying-staging"));
    process
}

fn await_file(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(
            started.elapsed() < PATIENCE,
            "{} never came",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn others_wait_and_then_go_on() {
    let (mut shop, first) = Shop::new(Kind::Deployed);
    let (second, third) = (shop.release(), shop.release());
    let working = held(&shop, &second);
    let before = shop.tags();

    let other = ["promote", &third.name, "--to", "staging"];
    let waits = shop.must(&other, &[4]);
    assert!(
        waits.stdout.contains("p2 (r2) is being carried out here"),
        "{waits:?}"
    );
    // Attached to the promotion that runs, which is not carried out twice.
    shop.must(&["promote", &second.name, "--to", "staging"], &[4]);
    shop.must(&["tick"], &[0]);
    let refused = shop.start(&["rollback", "staging", "--reason", "it hangs"]);
    assert_eq!(refused.wait().code, 4, "busy");
    shop.must(&["status"], &[0]);
    assert!(working.is_running());
    assert_eq!(shop.tags(), before);
    let deployed: Vec<_> = shop.world.deployments();
    assert_eq!(deployed.len(), 1, "only {} was deployed", first.name);

    let patient = shop.start(&["promote", &third.name, "--to", "staging", "--wait=1m"]);
    assert!(shop.world.release("deploy-held"));
    let output = working.wait();
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(shop.outcomes(&second), ["succeeded"]);
    let output = patient.wait();
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(shop.outcomes(&third), ["succeeded"]);
    shop.assert_in_staging(&third, &"in the end");
    shop.assert_at_rest(&"in the end");
    assert_eq!(shop.world.deployments().len(), 3);
}

#[test]
fn a_tick_brings_in_what_had_to_wait() {
    let (mut shop, _) = Shop::new(Kind::Deployed);
    let (second, third) = (shop.release(), shop.release());
    let working = held(&shop, &second);
    shop.must(&["promote", &third.name, "--to", "staging"], &[4]);
    assert!(shop.world.release("deploy-held"));
    assert_eq!(working.wait().code, 0);
    shop.assert_in_staging(&second, &"first");
    shop.must(&["tick"], &[0]);
    shop.assert_in_staging(&third, &"then");
    shop.assert_at_rest(&"in the end");
}
