//! An application's pipeline: its file, its compose files, and the commands typed beside them.

use std::path::{Path, PathBuf};

use super::evidence;
use super::image::Image;
use super::report::Report;
use super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;

/// The gates that every release has to pass before staging.
pub(super) const GATES: [&str; 3] = ["unit-tests", "integration-tests", "image-scan"];

/// A folder with a pipeline file, as a repository of an application has it.
pub(super) struct Pipeline<'a> {
    pub(super) world: &'a World,
    pub(super) folder: PathBuf,
    /// Where its images are.
    pub(super) repository: String,
    pub(super) staging: Place,
    pub(super) production: Place,
}

/// Where an environment runs.
pub(super) struct Place {
    /// Its compose project.
    pub(super) project: String,
    /// Where it answers on this machine.
    pub(super) port: u16,
}

impl<'a> Pipeline<'a> {
    /// A new pipeline with the gates of a team: tests and scans before staging, a person before
    /// production; deployed with compose, checked over HTTP.
    pub(super) fn new(world: &'a World, name: &str) -> Result<Self, Trouble> {
        let [staging, production] = ports::free()?;
        let place = |environment: &str, port| Place {
            project: format!("{name}-{environment}"),
            port,
        };
        let pipeline = Self {
            world,
            folder: world.folder.sub(name)?,
            repository: format!("{}/{name}", world.registry.host),
            staging: place("staging", staging),
            production: place("production", production),
        };
        let gates = "unit-tests: { evidence: tests, from: ci }
      integration-tests: { evidence: tests, from: ci }
      image-scan: { evidence: scan, from: ci, max: { critical: 0, high: 0 }, fresh: 24h }";
        let sign_off = "sign-off: { approval: release-managers, exclude: [requester] }";
        let environments = [
            pipeline.environment("staging", "[staging]", gates)?,
            pipeline.environment(
                "production",
                "[production, \"production-{release}\"]\n    after: staging",
                sign_off,
            )?,
        ];
        pipeline.write(name, &pipeline.repository, &environments.concat())?;
        Ok(pipeline)
    }

    /// A new pipeline with one environment that asks for nothing.
    pub(super) fn ungated(
        world: &'a World,
        name: &str,
        repository: &str,
        deployed: bool,
    ) -> Result<Self, Trouble> {
        let mut pipeline = Self::new(world, name)?;
        repository.clone_into(&mut pipeline.repository);
        let staging = match deployed {
            true => pipeline
                .environment("staging", "[staging]", "GATES")?
                .replace("gates:\n      GATES", "gates: none"),
            false => "  staging:\n    tags: [staging]\n    gates: none\n".to_owned(),
        };
        pipeline.write(name, repository, &staging)?;
        Ok(pipeline)
    }

    fn write(&self, name: &str, repository: &str, environments: &str) -> Result<(), Trouble> {
        let text = format!(
            "version: 1\npipeline: {name}\nidentity: claimed\nimage: {repository}\n\
             groups: {{ release-managers: [alice, bob] }}\nenvironments:\n{environments}"
        );
        write(&self.folder.join("liftlock.yaml"), text)
    }

    /// An environment's block, and its compose file.
    fn environment(&self, name: &str, tags: &str, gates: &str) -> Result<String, Trouble> {
        let place = match name {
            "staging" => &self.staging,
            _ => &self.production,
        };
        self.environment_at(name, place, (tags, gates))
    }

    /// The block of an environment that runs in a place, and its compose file.
    pub(super) fn environment_at(
        &self,
        name: &str,
        Place { project, port }: &Place,
        (tags, gates): (&str, &str),
    ) -> Result<String, Trouble> {
        let repository = &self.repository;
        write(
            &self.folder.join(format!("compose.{name}.yml")),
            format!(
                "version: '2.4'\nservices:\n  web:\n    image: {repository}:{name}\n    \
                 ports: ['127.0.0.1:{port}:8080']\n    healthcheck:\n      \
                 test: [CMD, /bin/busybox, wget, -q, -O, /dev/null, 'http://127.0.0.1:8080/index.html']\n      \
                 interval: 1s\n      retries: 10\n"
            ),
        )?;
        Ok(format!(
            "  {name}:
    tags: {tags}
    gates:
      {gates}
    deploy: {{ compose: {{ file: compose.{name}.yml, services: {{ web: app }}, project: {project}, within: 2m }} }}
    checks:
      health: {{ http: 'http://127.0.0.1:{port}/health', expect: 200, within: 5s }}
    rollback: {{ on: [check] }}
"
        ))
    }

    /// A reference to a tag of its repository.
    pub(super) fn at(&self, tag: &str) -> String {
        format!("{}:{tag}", self.repository)
    }

    /// A reference to exactly one image.
    pub(super) fn pinned(&self, image: &Image) -> String {
        format!("{}@{}", self.repository, image.digest)
    }

    /// Types a command as someone. Words are separated by spaces.
    pub(super) fn types(&self, who: &str, words: &str) -> Result<Outcome, Trouble> {
        self.program(who, words)?.run()
    }

    /// The command, to be run otherwise.
    pub(super) fn program(&self, who: &str, words: &str) -> Result<Program, Trouble> {
        let words = words.split(' ').chain(["--as", who]);
        Ok(Program::new(&self.world.liftlock, words)
            .dir(&self.folder)
            .environment(&variables(&self.world.folder)?))
    }

    /// Types a command that stays.
    pub(super) fn starts(&self, who: &str, words: &str, log: &Path) -> Result<Background, Trouble> {
        self.starts_with(who, words, (&[], log))
    }

    /// The same, with more variables.
    pub(super) fn starts_with(
        &self,
        who: &str,
        words: &str,
        (more, log): (&[(String, String)], &Path),
    ) -> Result<Background, Trouble> {
        let program = self.world.liftlock.display().to_string();
        let words: Vec<_> = [program.as_str()]
            .into_iter()
            .chain(words.split(' '))
            .chain(["--as", who])
            .collect();
        let variables = [&variables(&self.world.folder)?[..], more].concat();
        Background::start(&words, &self.folder, &variables, log)
    }

    /// Submits the reports of a CI job about an image, one a gate and, for scans, platform.
    pub(super) fn submit(
        &self,
        report: &mut Report<'_>,
        release: &str,
        image: &Image,
        tag: &str,
    ) -> Result<(), Trouble> {
        let [unit, integration, scan] = GATES;
        let mut reports = vec![
            (unit, evidence::junit(&self.folder, unit)?),
            (integration, evidence::junit(&self.folder, integration)?),
        ];
        let scans = evidence::trivy(&self.folder, image, &self.repository, tag)?;
        reports.extend(scans.into_iter().map(|path| (scan, path)));
        for (gate, path) in reports {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let words = format!("evidence add {release} {gate} --report {name}");
            let outcome = self.types("ci", &words)?;
            let what = format!("{name} is recorded as evidence for {release}");
            report.ended(&what, &outcome, 0, &["recorded", gate]);
        }
        Ok(())
    }
}
