//! A server over TLS, who asks it, and the host that it does not reach.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::super::super::evidence;
use super::super::super::pipeline::{Pipeline, Place};
use super::super::super::report::Report;
use super::super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;

/// Longer than a lease lasts, and what follows it.
pub(super) const SOON: Duration = Duration::from_secs(120);

/// The server's state, in its folder.
const STATE: &str = "served/state.db";

/// The server's certificate, which is its own authority.
const CERTIFICATE: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";

/// Where commands are typed, and the host.
pub(super) struct Team<'a> {
    world: &'a World,
    folder: PathBuf,
    url: String,
    pub(super) server: Background,
    /// What runs on the host, in the agent's folder.
    pub(super) host: Pipeline<'a>,
}

impl<'a> Team<'a> {
    /// The server runs, and has the pipeline.
    pub(super) fn start(world: &'a World, report: &mut Report<'_>) -> Result<Self, Trouble> {
        let folder = world.folder.sub("agent")?;
        let [port, production] = ports::free()?;
        let place = |environment: &str, port| Place {
            project: format!("agent-{environment}"),
            port,
        };
        let host = Pipeline {
            world,
            folder: world.folder.sub("agent-host")?,
            repository: format!("{}/agent", world.registry.host),
            staging: place("staging", 0),
            production: place("production", production),
        };
        write(&folder.join("liftlock.yaml"), file(&host, &folder)?)?;
        Program::new("openssl", CERTIFICATE.split_whitespace())
            .dir(&folder)
            .must()?;
        let mut team = Self {
            server: serve(world, &folder, port)?,
            url: format!("https://127.0.0.1:{port}"),
            world,
            folder,
            host,
        };
        team.adopt(report)?;
        Ok(team)
    }

    fn adopt(&mut self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let setup = self.server.until(SOON, |said| {
            let (_, rest) = said.split_once("LIFTLOCK_SETUP_TOKEN=")?;
            let end = rest.find(char::is_whitespace)?;
            Some(rest[..end].to_owned())
        })?;
        let untrusted = self.program(&["status"])?;
        let untrusted = untrusted.environment(&variables(&self.world.folder)?);
        let untrusted = untrusted.env("LIFTLOCK_STATE", &self.url);
        let untrusted = untrusted.env("LIFTLOCK_TOKEN", "llk_none").run()?;
        let what = "a certificate that nobody vouches for is not trusted";
        report.ended(what, &untrusted, 1, &["certificate"]);
        let made = self.program(&["setup", &self.url, "--token", "admin"])?;
        let made = made.env("LIFTLOCK_SETUP_TOKEN", &setup).run()?;
        report.ended("a setup token makes the first administrator", &made, 0, &[]);
        self.keeps("admin", &made)?;
        let made = self.by("admin", &["token", "create", "ci"])?;
        report.ended("a token for CI", &made, 0, &[]);
        self.keeps("ci", &made)?;
        let adopted = self.by("admin", &["policy", "apply"])?;
        report.ended("the pipeline is adopted", &adopted, 0, &["adopted"]);
        Ok(())
    }

    fn program(&self, words: &[&str]) -> Result<Program, Trouble> {
        Ok(Program::new(&self.world.liftlock, words)
            .dir(&self.folder)
            .environment(&variables(&self.world.folder)?)
            .env("SSL_CERT_FILE", &self.path("cert.pem"))
            .env("LIFTLOCK_STATE", &self.url))
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Types a command with the token of a name.
    pub(super) fn by(&self, name: &str, words: &[&str]) -> Result<Outcome, Trouble> {
        let token = self.path(&format!("{name}.token"));
        self.program(words)?
            .env("LIFTLOCK_TOKEN_FILE", &token)
            .run()
    }

    /// Types a command on the server's own machine, about its state.
    pub(super) fn on_state(&self, words: &[&str]) -> Result<Outcome, Trouble> {
        self.program(words)?.env("LIFTLOCK_STATE", STATE).run()
    }

    /// Looks for somebody in what was exported of the ledger: 0 where there is anything, else 1.
    pub(super) fn exported_names(&self, who: &str) -> Result<Outcome, Trouble> {
        let words = ["-rlF", who, "exported"];
        Program::new("grep", words).dir(&self.folder).run()
    }

    /// Keeps the token that a command printed.
    pub(super) fn keeps(&self, name: &str, made: &Outcome) -> Result<(), Trouble> {
        write(&self.folder.join(format!("{name}.token")), &made.stdout)
    }

    /// What CI asks for, and does not wait for.
    pub(super) fn promotes(&self, tag: &str) -> Result<Outcome, Trouble> {
        let reference = self.host.at(tag);
        let words = ["promote", &reference, "--to", "production", "--detach"];
        self.by("ci", &words)
    }

    /// Every promotion of the record.
    pub(super) fn promotions(&self) -> Result<Vec<Value>, Trouble> {
        let history = self.by("ci", &["history", "--json"])?;
        let said: Value = serde_json::from_str(&history.stdout)
            .map_err(|_| Trouble::answer("history", history.said()))?;
        let all = said["result"]["promotions"].as_array();
        Ok(all.cloned().unwrap_or_default())
    }

    /// An agent on the host, which knows its token, the server's certificate, and no pipeline file.
    pub(super) fn agent(&self, name: &str) -> Result<Background, Trouble> {
        let mut all = variables(&self.world.folder)?;
        let token = self.path(&format!("{name}.token"));
        all.push(("LIFTLOCK_TOKEN_FILE".to_owned(), token));
        all.push(("SSL_CERT_FILE".to_owned(), self.path("cert.pem")));
        let (program, checked) = (
            self.world.liftlock.display().to_string(),
            format!("127.0.0.1:{}", self.host.production.port),
        );
        let words = [
            &*program,
            "serve",
            "--worker",
            &self.url,
            "--allow-program",
            "docker",
            "--allow-host",
            &checked,
        ];
        let log = self.host.folder.join(format!("{name}.log"));
        let mut agent = Background::start(&words, &self.host.folder, &all, &log)?;
        let ready = format!("worker:{name} works for {}", self.url);
        agent.until(SOON, |said| said.contains(&ready).then_some(()))?;
        Ok(agent)
    }

    /// An agent with a label that no environment has gets nothing.
    pub(super) fn others_wait(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let words = [
            "serve",
            "--worker",
            &self.url,
            "--worker-label",
            "prod-host",
        ];
        let refused = self.by("edge-2", &words)?;
        let no_label = ["the token has no label prod-host"];
        let what = "an agent has the labels of its token alone";
        report.ended(what, &refused, 2, &no_label);
        let status = self.by("ci", &["status"])?;
        let what = "an agent with another label is none for production";
        report.ended(what, &status, 0, &["none has been seen"]);
        let containers = (self.world.docker).containers(&self.host.production.project, "web")?;
        report.equal("nothing runs there", 0, containers.len());
        Ok(())
    }

    /// What an agent's token is not for.
    pub(super) fn refuses(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let tests = evidence::junit(&self.folder, "unit-tests")?;
        let tests = tests.display().to_string();
        let given = [
            "evidence",
            "add",
            "build-1",
            "unit-tests",
            "--report",
            &tests,
        ];
        for (what, words) in [
            ("give evidence", &given[..]),
            (
                "approve",
                &["approve", "build-1", "--to", "production", "--yes"],
            ),
            ("make a pipeline", &["policy", "apply"]),
            (
                "ask for a promotion",
                &["promote", "build-1", "--to", "production"],
            ),
            ("make a token", &["token", "create", "more"]),
            ("read the board", &["status"]),
        ] {
            let refused = self.by("edge-1", words)?;
            let what = format!("an agent's token is not there to {what}");
            report.ended(&what, &refused, 3, &[]);
        }
        Ok(())
    }
}

/// A server that may run nothing, and knows of no docker.
fn serve(world: &World, folder: &Path, port: u16) -> Result<Background, Trouble> {
    let (program, listen) = (
        world.liftlock.display().to_string(),
        format!("127.0.0.1:{port}"),
    );
    let words = [
        &*program,
        "serve",
        "--state",
        STATE,
        "--listen",
        &listen,
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "key.pem",
    ];
    let mut all = variables(&world.folder)?;
    all.retain(|(name, _)| name != "DOCKER_HOST");
    let log = folder.join("server.log");
    let mut server = Background::start(&words, folder, &all, &log)?;
    server.until(SOON, |said| said.contains("serving at").then_some(()))?;
    Ok(server)
}

/// The pipeline file; the compose file is beside it, as in a repository, and on the host.
fn file(host: &Pipeline<'_>, beside: &Path) -> Result<String, Trouble> {
    let tags = "[production]\n    worker: prod-host";
    let production = host.environment_at("production", &host.production, (tags, "GATES"))?;
    let production = production.replace("gates:\n      GATES", "gates: none");
    // Slowly enough to be killed meanwhile.
    let compose = host.folder.join("compose.production.yml");
    let text = fs::read_to_string(&compose).map_err(Trouble::file(&compose))?;
    let text = text.replace("interval: 1s", "interval: 5s");
    write(&compose, &text)?;
    write(&beside.join("compose.production.yml"), &text)?;
    Ok(format!(
        "version: 1\npipeline: agent\nidentity: authenticated\nimage: {}\n\
         owners: [\"token:admin\"]\nallow: {{ promote: [\"token:ci\"] }}\n\
         environments:\n{production}",
        host.repository
    ))
}
