//! The conformance suite of the OCI distribution specification, against the embedded registry.
//!
//! Its module cannot be had everywhere, so this takes a ready program from the environment.

use std::env;
use std::path::Path;

use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::http;
use crate::peers::junit;
use crate::peers::ports;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// Where the suite of version 1.1.1 is: `go test -c` of its folder `conformance`.
const SUITE: &str = "OCI_CONFORMANCE";

/// All workflows.
const CHOSEN: [(&str, &str); 7] = [
    ("OCI_NAMESPACE", "org/repo"),
    ("OCI_CROSSMOUNT_NAMESPACE", "org/other"),
    ("OCI_TEST_PULL", "1"),
    ("OCI_TEST_PUSH", "1"),
    ("OCI_TEST_CONTENT_DISCOVERY", "1"),
    ("OCI_TEST_CONTENT_MANAGEMENT", "1"),
    ("OCI_HIDE_SKIPPED_WORKFLOWS", "0"),
];

/// Those that no single run can play: a tag that was there before, one that was pushed, a mount
/// that is not found where one was, and mounts without a source both refused and done.
const SKIPPED_MAX: usize = 4;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let Some(suite) = env::var_os(SUITE) else {
        report.skip(
            "the conformance suite",
            &format!("{SUITE} does not say where it is"),
        );
        return Ok(());
    };
    for mounts in ["0", "1"] {
        for manifests_first in ["0", "1"] {
            let variables = [
                ("OCI_AUTOMATIC_CROSSMOUNT", mounts),
                ("OCI_DELETE_MANIFEST_BEFORE_BLOBS", manifests_first),
            ];
            plays(world, report, Path::new(&suite), variables)?;
        }
    }
    Ok(())
}

fn plays(
    world: &World,
    report: &mut Report<'_>,
    suite: &Path,
    varied: [(&str, &str); 2],
) -> Result<(), Trouble> {
    let [(_, mounts), (_, manifests_first)] = varied;
    let name = format!("conformance-{mounts}-{manifests_first}");
    let place = world.folder.sub(&name)?;
    let [port] = ports::free()?;
    let address = format!("127.0.0.1:{port}");
    let program = world.liftlock.display().to_string();
    let words = [
        program.as_str(),
        "registry",
        "serve",
        "images",
        "--listen",
        &address,
    ];
    let more: &[&str] = if mounts == "1" {
        &["--automatic-mount"]
    } else {
        &[]
    };
    let words = [&words, more].concat();
    let log = place.join("log");
    let mut serving = Background::start(&words, &place, &variables(&world.folder)?, &log)?;
    serving.until(super::READY_WITHIN, |_| http::get(port, "/v2/").ok())?;

    let mut playing = Program::new::<&str>(suite, [])
        .dir(&place)
        .env("OCI_ROOT_URL", &format!("http://{address}"))
        .env("OCI_REPORT_DIR", &place.display().to_string());
    for (name, value) in CHOSEN.iter().chain(&varied) {
        playing = playing.env(name, value);
    }
    let outcome = playing.run()?;
    let counts = junit::counts(&place.join("junit.xml"))?;
    let junit::Counts {
        passed,
        failed,
        skipped,
    } = counts;
    let shown = format!("{passed} passed, {failed} failed, {skipped} skipped");
    report.note(&format!("{name}: {shown}"));
    report.ended(&format!("{name}: the suite passes"), &outcome, 0, &[]);
    let holds = failed == 0 && passed > 0 && skipped <= SKIPPED_MAX;
    let what = format!("{name}: nothing is left out that can be played");
    report.that(
        &what,
        holds,
        format!("at most {SKIPPED_MAX} skipped"),
        shown,
    );
    Ok(())
}
