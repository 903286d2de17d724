//! Checkpoints pushed to a repository elsewhere, over OpenSSH and over HTTPS.

use std::fs;
use std::path::Path;

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::git_server::{GitServers, PASSWORD};
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;

/// A variable that git or ssh reads.
type Variable = (&'static str, String);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let repository = format!("{}/publishing", world.registry.host);
    let shop = Pipeline::ungated(world, "publishing", &repository, false)?;
    for (tag, image) in [("build-1", &world.v1_0), ("build-2", &world.v1_1)] {
        image.push(&shop.at(tag))?;
    }
    let servers = GitServers::start(&world.folder, "publishing-servers")?;
    let password = servers.with_password()?;
    let authority = ("GIT_SSL_CAINFO", servers.authority().display().to_string());
    let login = ("GIT_CONFIG_GLOBAL", password.display().to_string());
    let known = ("GIT_SSH_COMMAND", servers.ssh_command("known"));
    let unknown = ("GIT_SSH_COMMAND", servers.ssh_command("unknown"));
    let nothing = ("GIT_SSH_COMMAND", "ssh -F none -o BatchMode=yes".to_owned());
    for (way, good, bad) in [
        ("ssh", vec![known], [vec![unknown], vec![nothing]]),
        (
            "https",
            vec![authority.clone(), login.clone()],
            [vec![authority], vec![login]],
        ),
    ] {
        let name = format!("{way}.git");
        let bare = servers.repository(&name)?;
        let address = match way {
            "ssh" => servers.ssh(&name),
            _ => servers.https(&name),
        };
        report.note(&format!("-- {way}"));
        let publishing = Publishing {
            shop: &shop,
            bare: &bare,
            to: format!("git:{address}#shop"),
        };
        publishing.in_order(report, &good)?;
        publishing.not_let_in(report, &bad)?;
        publishing.rolled_back(report, (way, &good))?;
    }
    Ok(())
}

/// One repository that checkpoints go to.
struct Publishing<'a> {
    shop: &'a Pipeline<'a>,
    bare: &'a Path,
    to: String,
}

impl Publishing<'_> {
    fn types(&self, words: &str, variables: &[Variable]) -> Result<Outcome, Trouble> {
        let mut program = self.shop.program("ci", words)?;
        for (name, value) in variables {
            program = program.env(name, value);
        }
        program.run()
    }

    fn publish(&self, variables: &[Variable]) -> Result<Outcome, Trouble> {
        self.types(&format!("log publish --to {}", self.to), variables)
    }

    fn commits(&self) -> Result<usize, Trouble> {
        let bare = self.bare.display().to_string();
        let listed = Program::new("git", ["-C", &bare, "log", "--format=%s", "shop"]).must()?;
        Ok(listed.lines().count())
    }

    fn held(&self) -> Result<String, Trouble> {
        let bare = self.bare.display().to_string();
        Program::new("git", ["-C", &bare, "show", "shop:checkpoint"]).must()
    }

    /// First, again, continued, and by `tick`.
    fn in_order(&self, report: &mut Report<'_>, good: &[Variable]) -> Result<(), Trouble> {
        let promote = |tag: &str| {
            let words = format!("promote {} --to staging --again", self.shop.at(tag));
            self.shop.types("ci", &words)
        };
        report.ended("something is recorded", &promote("build-1")?, 0, &[]);
        report.ended("published", &self.publish(good)?, 0, &["as its first"]);
        report.ended("once", &self.publish(good)?, 0, &["already"]);
        report.equal("it is one commit", 1, self.commits()?);
        let more = self.shop.types("ci", "hold staging --reason later")?;
        report.ended("something more is recorded", &more, 0, &[]);
        report.ended(
            "continued",
            &self.publish(good)?,
            0,
            &["which continue its"],
        );
        let more = self.shop.types("ci", "resume staging")?;
        report.ended("and more", &more, 0, &[]);
        let tick = self.types(&format!("tick --publish {}", self.to), good)?;
        report.ended("by tick", &tick, 0, &["which continue its"]);
        report.equal("each is a commit", 3, self.commits()?);
        let checkpoint = self.shop.types("ci", "log checkpoint")?;
        report.equal(
            "the branch holds the checkpoint",
            checkpoint.stdout,
            self.held()?,
        );
        Ok(())
    }

    /// Without a key, a password, a known host or a known certificate: an error, at once.
    fn not_let_in(&self, report: &mut Report<'_>, bad: &[Vec<Variable>]) -> Result<(), Trouble> {
        let before = self.held()?;
        for variables in bad {
            let outcome = self.publish(variables)?;
            report.ended("who is not let in is told", &outcome, 1, &["git"]);
            let said = outcome.said();
            report.that(
                "no password is shown",
                !said.contains(PASSWORD),
                "none",
                said,
            );
        }
        report.equal("nothing was pushed", before, self.held()?);
        Ok(())
    }

    /// A ledger that does not continue what is published.
    fn rolled_back(
        &self,
        report: &mut Report<'_>,
        (way, good): (&str, &[Variable]),
    ) -> Result<(), Trouble> {
        let state = self.shop.folder.join(".liftlock");
        let early = self.shop.folder.join(format!("early-{way}"));
        fs::create_dir_all(&early).map_err(Trouble::file(&early))?;
        for file in fs::read_dir(&state).map_err(Trouble::file(&state))? {
            let path = file.map_err(Trouble::file(&state))?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, early.join(name)).map_err(Trouble::file(&path))?;
            }
        }
        let more = self.shop.types("ci", "hold staging --reason again")?;
        report.ended("something is recorded", &more, 0, &[]);
        report.ended(
            "published",
            &self.publish(good)?,
            0,
            &["which continue its"],
        );
        let more = self.shop.types("ci", "resume staging")?;
        report.ended("and undone", &more, 0, &[]);
        let words = format!("log publish --to {} --state early-{way}/state.db", self.to);
        let outcome = self.types(&words, good)?;
        report.ended(
            "a state rolled back is refused",
            &outcome,
            5,
            &["not published"],
        );
        Ok(())
    }
}
