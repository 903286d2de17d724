//! The world is as real as it says.

use std::sync::{Arc, Mutex};

use liftlock_testkit::{Answer, Moment, World};

#[test]
fn images_are_pushed_tagged_and_watched() {
    let world = World::new();
    let first = world.push("shop/api", "build-1", "one");
    let second = world.registry().push_single("shop/api", "build-2", "two");
    assert_eq!(world.registry().tag("shop/api", "build-1"), Some(first));
    assert_eq!(world.registry().tag("shop/api", "none"), None);
    assert_eq!(world.push("other", "build-1", "one"), first);
    world
        .registry()
        .move_tag("shop/api", "build-1", second.digest);
    let tags = world.registry().tags("shop/api");
    assert_eq!(tags["build-1"], second.digest);
    assert_eq!(tags["build-2"], second.digest);
    let requests = world.registry().take_requests();
    assert!(requests.iter().any(|line| line.method == "PUT"));
    assert!(world.registry().take_requests().is_empty());

    let seen = Arc::new(Mutex::new(Vec::new()));
    let seeing = Arc::clone(&seen);
    world.registry().watch(move |arrival| {
        let mut seen = seeing.lock().unwrap();
        seen.push(arrival.moment);
        // The first answer is lost, and the client asks again.
        if seen.len() == 2 {
            Answer::Fail
        } else {
            Answer::Go
        }
    });
    assert_eq!(world.registry().tag("shop/api", "none"), None);
    world.registry().unwatch();
    let twice = [Moment::Before, Moment::After].repeat(2);
    assert_eq!(*seen.lock().unwrap(), twice);
}

#[test]
fn programs_run_in_a_clean_environment_and_can_be_killed() {
    let world = World::new();
    let output = world.run(
        "sh",
        &["-c", "env | cut -d= -f1 | sort; pwd >&2; kill -9 $$"],
    );
    assert_eq!(output.code, 128 + 9);
    let names: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(names, ["HOME", "NO_COLOR", "PATH", "PWD", "TMPDIR"]);
    assert_eq!(world.normalise(&output.stderr), "FOLDER\n");
    let process = world.spawn("sleep", &["60"]);
    assert!(process.is_running());
    process.kill();
    assert_eq!(process.wait().code, 128 + 9);
}

#[test]
fn deployments_are_recorded_and_checked() {
    let world = World::new();
    world.write_programs();
    let run = |program: &str, release: &str| {
        let variables = format!(
            "LIFTLOCK_ENVIRONMENT=staging LIFTLOCK_PROMOTION=p1 LIFTLOCK_RELEASE={release} \
             LIFTLOCK_DIGEST_API=sha256:{release} LIFTLOCK_DIGEST_WORKER=sha256:{release}"
        );
        let line = format!("{variables} ./{program}");
        world.run("sh", &["-c", &line]).code
    };
    assert_eq!(run("deploy.sh", "r1"), 0);
    assert_eq!(run("check.sh", "r1"), 0);
    assert_eq!(run("check.sh", "r2"), 1, "r1 runs");
    world.bad("r1");
    assert_eq!(run("check.sh", "r1"), 1);
    world.toggle("deploy-fails");
    assert_eq!(run("deploy.sh", "r2"), 1);
    assert_eq!(run("deploy.sh", "r2"), 0);
    let deployed = world.deployments();
    let releases: Vec<&str> = deployed.iter().map(|d| d.release.as_str()).collect();
    assert_eq!(releases, ["r1", "r2"]);
    assert_eq!(deployed[1].digests["WORKER"], "sha256:r2");
    assert_eq!(world.running("staging").as_ref(), Some(&deployed[1]));
    assert_eq!(world.running("production"), None);
}
