//! A pipeline that servers carry out by themselves: staging, and production, which takes what
//! staging has. What is deployed is written down by the program that deploys.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::report::Report;
use super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::layout::Layout;
use crate::peers::program::{Outcome, Program};
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// Longer than a lease of PostgreSQL lasts, and what follows it.
const SOON: Duration = Duration::from_secs(120);

const DEPLOY: &str = "#!/bin/sh\nset -eu\n\
    while [ -e hold ]; do touch held; sleep 0.05; done\n\
    echo \"$LIFTLOCK_ENVIRONMENT $LIFTLOCK_RELEASE $LIFTLOCK_PROMOTION\" >> deployments\n";

/// The pipeline in its folder.
pub(super) struct Shop<'a> {
    world: &'a World,
    pub(super) folder: PathBuf,
    repository: String,
    /// Variables of every process, besides those that all have.
    more: Vec<(String, String)>,
    releases: u64,
}

impl<'a> Shop<'a> {
    /// In a folder of this name.
    pub(super) fn new(
        world: &'a World,
        name: &str,
        more: &[(&str, &str)],
    ) -> Result<Self, Trouble> {
        let folder = world.folder.sub(name)?;
        let repository = format!("{}/{name}", world.registry.host);
        write(&folder.join("liftlock.yaml"), file(name, &repository))?;
        for (program, text) in [("deploy.sh", DEPLOY), ("check.sh", "#!/bin/sh\n")] {
            let path = folder.join(program);
            write(&path, text)?;
            Program::new("chmod", ["+x", &path.display().to_string()]).must()?;
        }
        let more = more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Ok(Self {
            world,
            folder,
            repository,
            more: more.collect(),
            releases: 0,
        })
    }

    /// Runs a program of the product on a state.
    pub(super) fn types(
        &self,
        program: &Path,
        state: &str,
        words: &[&str],
    ) -> Result<Outcome, Trouble> {
        let words = ["--state", state].into_iter().chain(words.iter().copied());
        Program::new(program, words)
            .dir(&self.folder)
            .environment(&self.variables()?)
            .run()
    }

    /// Starts a server of the product on a state.
    pub(super) fn serve(
        &self,
        program: &Path,
        state: &str,
        name: &str,
    ) -> Result<Background, Trouble> {
        let program = program.display().to_string();
        let words = [
            &*program,
            "--state",
            state,
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--worker-name",
            name,
            "--allow-program",
            "./deploy.sh,./check.sh",
        ];
        let log = self.folder.join(format!("{name}.log"));
        let mut server = Background::start(&words, &self.folder, &self.variables()?, &log)?;
        server.until(SOON, |said| said.contains("serving at").then_some(()))?;
        Ok(server)
    }

    /// A new release, asked for in staging with a program of the product; its name.
    pub(super) fn ask(&mut self, program: &Path, state: &str) -> Result<String, Trouble> {
        self.releases += 1;
        let name = format!("r{}", self.releases);
        let reference = format!("{}:{name}", self.repository);
        let layout = Layout::new(&self.folder.join(format!("image-{name}")))?;
        let layer = layout.noise(7000 + self.releases, 1000)?;
        let config = json!({ "architecture": "amd64", "os": "linux" });
        let image = layout.image(&config, &[&layer])?;
        layout.list(&[(&image.manifest, "built")])?;
        skopeo::copy(&layout.source("built"), &format!("docker://{reference}"))?;
        let words = ["promote", &reference, "--to", "staging", "--detach"];
        let asked = self.types(program, state, &words)?;
        match asked.code {
            Some(0) => Ok(name),
            _ => Err(Trouble::Failed {
                status: format!("{:?}", asked.code),
                said: asked.said(),
                program: asked.shown,
            }),
        }
    }

    /// Whether a release comes to production, once in each environment, while nobody does anything.
    pub(super) fn gets_there(
        &self,
        report: &mut Report<'_>,
        what: &str,
        release: &str,
    ) -> Result<(), Trouble> {
        let begun = Instant::now();
        let mut there = self.deployed(release)?;
        while there.len() < 2 && begun.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(100));
            there = self.deployed(release)?;
        }
        let wanted = vec!["staging".to_owned(), "production".to_owned()];
        report.equal(what, wanted, there);
        Ok(())
    }

    /// Where a release was deployed, in order.
    pub(super) fn deployed(&self, release: &str) -> Result<Vec<String>, Trouble> {
        let path = self.folder.join("deployments");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&path).map_err(Trouble::file(&path))?;
        let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let of = lines.filter(|words| words.get(1) == Some(&release));
        Ok(of.map(|words| words[0].to_owned()).collect())
    }

    /// Deployments wait from now on, in the middle.
    pub(super) fn hold(&self) -> Result<(), Trouble> {
        fs::remove_file(self.folder.join("held")).ok();
        write(&self.folder.join("hold"), "")
    }

    /// Waits until one does.
    pub(super) fn is_held(&self, report: &mut Report<'_>) {
        let begun = Instant::now();
        let held = self.folder.join("held");
        while !held.exists() && begun.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(50));
        }
        report.that(
            "a deployment is under way",
            held.exists(),
            "held",
            "nothing",
        );
    }

    /// They go on.
    pub(super) fn release(&self) {
        fs::remove_file(self.folder.join("hold")).ok();
    }

    /// Every promotion has succeeded, and the ledger verifies: its root.
    pub(super) fn is_whole(
        &self,
        report: &mut Report<'_>,
        program: &Path,
        state: &str,
    ) -> Result<String, Trouble> {
        let begun = Instant::now();
        let ended = loop {
            let history = self.types(program, state, &["history", "--json"])?;
            let said: Value = serde_json::from_str(&history.stdout)
                .map_err(|_| Trouble::answer("history", history.said()))?;
            let promotions = said["result"]["promotions"].as_array();
            let promotions = promotions.map_or(&[][..], Vec::as_slice);
            let ends = promotions.iter().map(|p| &p["outcome"]["result"]);
            let ended = ends.filter(|end| *end == "succeeded").count() as u64;
            if ended == 2 * self.releases || begun.elapsed() > SOON {
                break ended;
            }
            std::thread::sleep(Duration::from_millis(200));
        };
        report.equal("each promotion has succeeded", 2 * self.releases, ended);
        let verified = self.types(program, state, &["log", "verify", "--json"])?;
        report.ended("log verify: the ledger is whole", &verified, 0, &[]);
        let said: Value = serde_json::from_str(&verified.stdout)
            .map_err(|_| Trouble::answer("log verify", verified.said()))?;
        Ok(said["result"]["root"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    fn variables(&self) -> Result<Vec<(String, String)>, Trouble> {
        let mut all = variables(&self.world.folder)?;
        all.extend(self.more.iter().cloned());
        Ok(all)
    }
}

fn file(name: &str, repository: &str) -> String {
    let environment = |tag: &str, more: &str| {
        format!(
            "  {tag}:\n    tags: [{tag}]\n{more}    gates: none\n    \
             deploy: {{ command: [./deploy.sh], within: 3m }}\n    \
             checks: {{ works: {{ command: [./check.sh], within: 30s }} }}\n    \
             rollback: {{ on: [check] }}\n"
        )
    };
    format!(
        "version: 1\npipeline: {name}\nidentity: claimed\nimage: {repository}\nenvironments:\n{}{}",
        environment("staging", ""),
        environment("production", "    after: staging\n    auto: true\n"),
    )
}
