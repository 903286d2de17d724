//! Registries that are not there, or do not let us in.

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::folder::write;
use crate::peers::ports;
use crate::peers::program::Outcome;
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::software::{Access, PASSWORD, Software, USER};
use crate::peers::trouble::Trouble;

/// Not the password, and as docker's configuration has it: base64 of `ci:not-the-password`.
const WRONG: [&str; 2] = ["not-the-password", "Y2k6bm90LXRoZS1wYXNzd29yZA=="];

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let [port] = ports::free()?;
    let host = format!("127.0.0.1:{port}");
    let gone = Pipeline::ungated(world, "gone", &format!("{host}/gone"), false)?;
    let outcome = gone.types("ci", &format!("promote {} --to staging", gone.at("a")))?;
    report.ended("a registry that is down is named", &outcome, 1, &[&host]);
    with_login(world, report)
}

fn with_login(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let registry = Registry::start(
        &world.folder,
        "registry-with-login",
        &Software::DockerRegistry,
        Access::Login,
    )?;
    let host = registry.host.as_str();
    let locked = Pipeline::ungated(world, "locked", &format!("{host}/locked"), false)?;
    let login = format!("docker login {host}");
    let promote = |config: &str| -> Result<Outcome, Trouble> {
        let words = format!("promote {} --to staging", locked.at("build-1"));
        let folder = world.folder.sub(config)?.display().to_string();
        let program = locked.program("ci", &words)?;
        program.env("DOCKER_CONFIG", &folder).run()
    };

    let outcome = promote("without-login")?;
    report.ended(
        "without a login it says how to",
        &outcome,
        1,
        &[host, &login],
    );
    let config = world.folder.sub("wrong-login")?.join("config.json");
    let [password, encoded] = WRONG;
    write(
        &config,
        format!(r#"{{"auths":{{"{host}":{{"auth":"{encoded}"}}}}}}"#),
    )?;
    let outcome = promote("wrong-login")?;
    report.ended("with a wrong one, too", &outcome, 1, &[host, &login]);
    let said = outcome.said();
    let secret = [password, encoded].into_iter().find(|s| said.contains(s));
    report.equal("no password is printed", None, secret);

    let config = world.folder.sub("right-login")?.display().to_string();
    let words = ["login", "-u", USER, "--password-stdin", host];
    let docker = world.docker.program(&words).env("DOCKER_CONFIG", &config);
    docker.input(PASSWORD).must()?;
    let credentials = format!("{USER}:{PASSWORD}");
    let to = format!("docker://{}", locked.at("build-1"));
    skopeo::copy_as(&credentials, &world.v1_0.source(), &to)?;
    let outcome = promote("right-login")?;
    let promoted = ["build-1 is in staging", &world.v1_0.digest];
    report.ended("after docker login it works", &outcome, 0, &promoted);
    let said = outcome.said();
    report.equal(
        "without printing the password",
        false,
        said.contains(PASSWORD),
    );
    Ok(())
}
