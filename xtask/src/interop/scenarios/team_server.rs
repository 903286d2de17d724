//! A server as a team has it: CI's token asks and gives evidence, the server promotes by itself,
//! others see nothing; Prometheus reads its figures, and Schemathesis asks all that its description
//! says can be asked.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::evidence;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::python;
use crate::peers::skopeo;
use crate::peers::tlog::Tlog;
use crate::peers::trouble::Trouble;

/// Longer than anything here takes by itself.
const SOON: Duration = Duration::from_secs(60);

/// How long Schemathesis may take.
const ASKED_WITHIN: Duration = Duration::from_secs(300);

/// The key of Go's checksum database: a good one, of another log.
const OTHER_LOG: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

const SCHEMATHESIS: [&str; 1] = ["schemathesis==4.32.5"];

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let mut team = Team::start(world)?;
    team.adopt(report)?;
    let before = team.checkpoint()?;
    team.promote(report)?;
    team.others(report)?;
    team.ledger(&before, report)?;
    team.figures(report)?;
    team.everything(report)?;
    let code = team.server.terminate()?;
    report.equal("the server ends when asked", Some(0), code);
    Ok(())
}

struct Team<'a> {
    world: &'a World,
    folder: PathBuf,
    repository: String,
    url: String,
    figures: u16,
    setup: String,
    server: Background,
}

impl<'a> Team<'a> {
    fn start(world: &'a World) -> Result<Self, Trouble> {
        let folder = world.folder.sub("team-server")?;
        let [port, figures] = ports::free()?;
        let repository = format!("{}/team", world.registry.host);
        write(&folder.join("liftlock.yaml"), file(&repository))?;
        let program = world.liftlock.display().to_string();
        let (listen, metrics) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{figures}"));
        let words = [
            &*program,
            "serve",
            "--state",
            "served/state.db",
            "--listen",
            &listen,
            "--metrics-listen",
            &metrics,
        ];
        let log = folder.join("server.log");
        let mut server = Background::start(&words, &folder, &variables(&world.folder)?, &log)?;
        server.until(SOON, |said| said.contains("serving at").then_some(()))?;
        let setup = server.until(SOON, |said| {
            let (_, rest) = said.split_once("LIFTLOCK_SETUP_TOKEN=")?;
            rest.split_whitespace().next().map(str::to_owned)
        })?;
        Ok(Self {
            world,
            folder,
            repository,
            url: format!("http://{listen}"),
            figures,
            setup,
            server,
        })
    }

    fn types(&self, words: &[&str], secret: (&str, &str)) -> Result<Outcome, Trouble> {
        Program::new(&self.world.liftlock, words)
            .dir(&self.folder)
            .environment(&variables(&self.world.folder)?)
            .env("LIFTLOCK_STATE", &self.url)
            .env(secret.0, secret.1)
            .run()
    }

    /// Types a command with the token of a name.
    fn by(&self, name: &str, words: &[&str]) -> Result<Outcome, Trouble> {
        let token = self.folder.join(format!("{name}.token"));
        self.types(words, ("LIFTLOCK_TOKEN_FILE", &token.display().to_string()))
    }

    fn adopt(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let words = ["setup", &self.url, "--token", "admin"];
        let made = self.types(&words, ("LIFTLOCK_SETUP_TOKEN", &self.setup))?;
        report.ended("a setup token makes the first administrator", &made, 0, &[]);
        write(&self.folder.join("admin.token"), &made.stdout)?;
        for name in ["ci", "other"] {
            let made = self.by("admin", &["token", "create", name])?;
            report.ended(&format!("a token for {name}"), &made, 0, &[]);
            write(&self.folder.join(format!("{name}.token")), &made.stdout)?;
        }
        let refused = self.by("ci", &["policy", "apply"])?;
        let may_not = ["may not make pipelines"];
        report.ended("a job may not make a pipeline", &refused, 3, &may_not);
        let place = self.folder.join("claimed.yaml");
        let claimed =
            file(&self.repository).replace("identity: authenticated", "identity: claimed");
        write(&place, claimed)?;
        let refused = self.by("admin", &["policy", "apply", "--file", "claimed.yaml"])?;
        let knows = ["this server knows who acts"];
        report.ended(
            "nobody adopts a file of claimed identities",
            &refused,
            2,
            &knows,
        );
        let adopted = self.by("admin", &["policy", "apply"])?;
        report.ended("an administrator may", &adopted, 0, &["adopted"]);
        Ok(())
    }

    /// What a CI job types; the server does the rest.
    fn promote(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let image = &self.world.v1_0;
        let reference = format!("{}:build-1", self.repository);
        image.push(&reference)?;
        let asked = self.by(
            "ci",
            &["promote", &reference, "--to", "staging", "--detach"],
        )?;
        report.ended(
            "a job asks for a promotion and leaves",
            &asked,
            0,
            &["waits"],
        );
        let tests = evidence::junit(&self.folder, "unit-tests")?;
        let tests = tests.display().to_string();
        let words = [
            "evidence",
            "add",
            "build-1",
            "unit-tests",
            "--report",
            &tests,
        ];
        report.ended(
            "it gives evidence",
            &self.by("ci", &words)?,
            0,
            &["token:ci"],
        );
        let began = Instant::now();
        let there = loop {
            let board = self.by("ci", &["status", "staging"])?;
            if board.stdout.contains("verified") || began.elapsed() > SOON {
                break board;
            }
            std::thread::sleep(Duration::from_millis(250));
        };
        report.ended(
            "and the server promotes by itself",
            &there,
            0,
            &["build-1", "verified"],
        );
        let at = skopeo::digest(&format!("{}:staging", self.repository))?;
        report.equal("the tag is at its digest", &image.digest, &at);
        let words = ["promote", "build-1", "--to", "production"];
        let waits = self.by("ci", &words)?;
        report.ended("production waits for a person", &waits, 4, &["0 of 1"]);
        let words = ["approve", "build-1", "--to", "production", "--yes"];
        let refused = self.by("ci", &words)?;
        report.ended(
            "and a token is none",
            &refused,
            3,
            &["tokens cannot approve"],
        );
        Ok(())
    }

    /// Whom the file does not name learns nothing.
    fn others(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let unseen = self.by("other", &["status"])?;
        report.ended(
            "whom no file names sees no pipeline",
            &unseen,
            2,
            &["no pipeline team"],
        );
        let nobody = self.types(&["status"], ("LIFTLOCK_TOKEN", "llk_nothing"))?;
        report.ended("a token that is none is refused", &nobody, 3, &[]);
        Ok(())
    }

    fn secret(&self, name: &str) -> Result<String, Trouble> {
        let token = self.folder.join(format!("{name}.token"));
        let token = std::fs::read_to_string(&token).map_err(Trouble::file(&token))?;
        Ok(token.trim().to_owned())
    }

    /// What the server says at `/log/`, to an administrator.
    fn log(&self, what: &str) -> Result<String, Trouble> {
        let header = format!("Authorization: Bearer {}", self.secret("admin")?);
        let url = format!("{}/log/{what}", self.url);
        Program::new("curl", ["-sf", "-H", &header, &url]).must()
    }

    /// The checkpoint as it is now, in a file.
    fn checkpoint(&self) -> Result<PathBuf, Trouble> {
        let file = self.folder.join("earlier.checkpoint");
        write(&file, self.log("checkpoint")?)?;
        Ok(file)
    }

    /// Go's own library of transparency logs reads the ledger, and believes nothing else.
    fn ledger(&self, before: &Path, report: &mut Report<'_>) -> Result<(), Trouble> {
        let tlog = Tlog::get(&mut |text| report.note(text))?;
        let (log, key) = (format!("{}/log", self.url), self.log("key")?);
        let (key, admin, earlier) = (
            key.trim(),
            self.secret("admin")?,
            before.display().to_string(),
        );
        let (name, _) = key.split_once('+').unwrap_or((key, ""));
        let now = self.log("checkpoint")?;
        let size = now.lines().nth(1).and_then(|size| size.parse::<u64>().ok());
        let last = size.unwrap_or_default().saturating_sub(1);
        for seq in [0, last / 2, last] {
            let verified = tlog.verify((&log, &admin), key, (&earlier, seq))?;
            let what =
                format!("Go's tlog verifies the checkpoint, the one before, and entry {seq}");
            report.ended(&what, &verified, 0, &[name]);
        }
        let verified = tlog.verify((&log, &admin), key, (&earlier, last + 1000))?;
        report.ended("no entry is proven that is not there", &verified, 1, &[]);
        let refused = tlog.verify((&log, &admin), OTHER_LOG, (&earlier, 0))?;
        report.ended("nor a checkpoint of another log", &refused, 1, &[]);
        let ci = self.secret("ci")?;
        let refused = tlog.verify((&log, &ci), key, (&earlier, 0))?;
        report.ended("entries are for auditors", &refused, 1, &[]);
        Ok(())
    }

    fn figures(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let [port] = ports::free()?;
        let _prometheus = prometheus(&self.folder, port, self.figures, self.world)?;
        let registry = self.world.registry.host.as_str();
        let figures = [
            (
                "the promotion",
                "liftlock_promotions_ended_total",
                "staging",
            ),
            (
                "requests to the registry",
                "liftlock_registry_requests_total",
                registry,
            ),
        ];
        for (what, query, named) in figures {
            let url = format!("http://127.0.0.1:{port}/api/v1/query?query={query}");
            let began = Instant::now();
            let answer = loop {
                let answer = Program::new("curl", ["-s", &url]).run()?.stdout;
                if answer.contains(named) || began.elapsed() > SOON {
                    break answer;
                }
                std::thread::sleep(Duration::from_millis(500));
            };
            let counted = answer.contains(named);
            let title = format!("Prometheus has counted {what}");
            report.that(&title, counted, query, answer);
        }
        Ok(())
    }

    /// Schemathesis finds no answer that is not described, and none that is the server's fault.
    fn everything(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let programs = python::with(&SCHEMATHESIS, &mut |text| report.note(text))?;
        let Some(programs) = programs else {
            report.skip("Schemathesis", "there is no Python on this machine");
            return Ok(());
        };
        write(&self.folder.join("schemathesis.toml"), self.known())?;
        for name in ["admin", "ci"] {
            let token = self.folder.join(format!("{name}.token"));
            let token = std::fs::read_to_string(&token).map_err(Trouble::file(&token))?;
            let header = format!("Authorization: Bearer {}", token.trim());
            let description = format!("{}/api/v1/openapi.json", self.url);
            let checks = "not_a_server_error,status_code_conformance,content_type_conformance,\
                          response_schema_conformance,ignored_auth";
            let words = [
                "run",
                &description,
                "-H",
                &header,
                "--checks",
                checks,
                "-n",
                "10",
                "--seed",
                "1",
                "--rate-limit",
                "80/s",
                "--phases",
                "coverage,fuzzing",
                // It has no end.
                "--exclude-operation-id",
                "events",
                "--no-color",
            ];
            let program = programs.join("schemathesis").display().to_string();
            let asked = Program::new(program, words)
                .dir(&self.folder)
                .within(ASKED_WITHIN);
            let asked = asked.run()?;
            let what = format!("Schemathesis, with the token of {name}");
            report.ended(&what, &asked, 0, &["Selected: 72/73"]);
        }
        Ok(())
    }

    /// What is there, so that not every answer is that nothing is.
    fn known(&self) -> String {
        let releases = format!("[\"build-1\", \"none\", \"{}:build-1\"]", self.repository);
        let environments = "[\"staging\", \"production\", \"nowhere\"]";
        format!(
            "[parameters]\n\"path.pipeline\" = \"team\"\n\"path.release\" = {releases}\n\
             release = {releases}\nenvironment = {environments}\nto = {environments}\n"
        )
    }
}

fn file(repository: &str) -> String {
    format!(
        "version: 1\npipeline: team\nidentity: authenticated\nimage: {repository}\n\
         owners: [\"token:admin\"]\nallow: {{ promote: [\"token:ci\"] }}\n\
         groups: {{ release-managers: [\"oidc:alice\"] }}\nenvironments:\n  staging:\n    \
         tags: [staging]\n    gates:\n      \
         unit-tests: {{ evidence: tests, from: [\"token:ci\"] }}\n  production:\n    \
         after: staging\n    tags: [production]\n    gates:\n      \
         sign-off: {{ approval: release-managers }}\n"
    )
}

/// Prometheus, which looks at the server's figures each second.
fn prometheus(
    folder: &Path,
    port: u16,
    figures: u16,
    world: &World,
) -> Result<Background, Trouble> {
    let config = folder.join("prometheus.yml");
    write(
        &config,
        format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n- job_name: liftlock\n  \
             static_configs: [{{ targets: ['127.0.0.1:{figures}'] }}]\n"
        ),
    )?;
    let words = [
        "prometheus".to_owned(),
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", folder.join("figures").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let log = folder.join("prometheus.log");
    let mut daemon = Background::start(&words, folder, &variables(&world.folder)?, &log)?;
    daemon.until(SOON, |log| {
        log.contains("ready to receive web requests").then_some(())
    })?;
    Ok(daemon)
}
