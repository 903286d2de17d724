//! Deployments through a bare Git repository with the real git: while somebody else pushes, with
//! signed commits, taken back when a check fails, and killed in the middle.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// Longer than any of its commands takes.
const SOON: Duration = Duration::from_secs(60);

const KUSTOMIZATION: &str = "apps/shop/kustomization.yaml";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let hub = Hub::new(world)?;
    let [first, good, broken] = [
        ("build-1", &world.v1_0),
        ("build-2", &world.v1_1),
        ("build-3", &world.v1_2),
    ];
    for (tag, image) in [first, good, broken] {
        image.push(&hub.shop.at(tag))?;
    }
    let before = hub.file(KUSTOMIZATION)?;
    hub.promotes(report, "build-1", 0, "committed")?;
    let after = format!("{before}    digest: {}\n", first.1.digest);
    report.equal(
        "its digest is added, and nothing else",
        after.clone(),
        hub.file(KUSTOMIZATION)?,
    );
    let signature = hub.says(&["log", "-1", "--format=%G? %GS", "main"])?;
    report.equal(
        "the commit is signed, as git is configured",
        "G ci@example.com",
        signature.trim(),
    );

    let mut pusher = hub.pushes()?;
    hub.promotes(report, "build-2", 0, "build-2 is in production")?;
    pusher.kill()?;
    let after = after.replace(&first.1.digest, &good.1.digest);
    report.equal(
        "among others' commits, only the digest changes",
        after.clone(),
        hub.file(KUSTOMIZATION)?,
    );
    let others = hub.subjects("main")?;
    let count = others
        .lines()
        .filter(|line| *line == "somebody else")
        .count();
    report.that(
        "somebody else's commits are all there",
        count > 0,
        "some",
        count,
    );

    hub.promotes(report, "build-3", 1, "build-2 is there again")?;
    report.equal(
        "after a failed check the branch names the release before",
        after.clone(),
        hub.file(KUSTOMIZATION)?,
    );
    let count = hub.deployments("build-3")?;
    report.equal("the broken release was committed once", 1, count);

    hub.killed(report, after.replace(&good.1.digest, &first.1.digest))?;
    let outcome = hub.shop.types("ci", "status")?;
    report.ended(
        "what the branch says is in order",
        &outcome,
        0,
        &["build-1"],
    );
    hub.somebody_else_changes(report)
}

/// A bare repository beside a pipeline that deploys to it.
struct Hub<'a> {
    shop: Pipeline<'a>,
    bare: PathBuf,
    work: PathBuf,
}

impl<'a> Hub<'a> {
    fn new(world: &'a World) -> Result<Self, Trouble> {
        let repository = format!("{}/gitops", world.registry.host);
        let shop = Pipeline::ungated(world, "gitops", &repository, false)?;
        let hub = Self {
            bare: shop.folder.join("hub.git"),
            work: shop.folder.join("work"),
            shop,
        };
        hub.configure()?;
        write(
            &hub.shop.folder.join("liftlock.yaml"),
            format!(
                "version: 1\npipeline: gitops\nidentity: claimed\nimage: {repository}\nenvironments:\n  \
                 production:\n    tags: [production]\n    gates: none\n    deploy:\n      gitops:\n        \
                 repository: hub.git\n        path: apps/shop\n        images: {{ app: {{ kustomize: kustomization.yaml }} }}\n    \
                 checks: {{ applies: {{ command: [./applies.sh] }} }}\n    rollback: {{ on: [check] }}\n"
            ),
        )?;
        let check = hub.shop.folder.join("applies.sh");
        write(
            &check,
            "#!/bin/sh\necho \"applying $LIFTLOCK_RELEASE\"\ntest \"$LIFTLOCK_RELEASE\" != build-3\n",
        )?;
        fs::set_permissions(&check, fs::Permissions::from_mode(0o755))
            .map_err(Trouble::file(&check))?;
        let bare = hub.bare.display().to_string();
        hub.git(&["init", "-q", "--bare", "-b", "main", &bare])?;
        hub.git(&["clone", "-q", &bare, &hub.work.display().to_string()])?;
        let file = hub.work.join(KUSTOMIZATION);
        let folder = file.parent().unwrap_or(&hub.work);
        fs::create_dir_all(folder).map_err(Trouble::file(folder))?;
        write(
            &file,
            format!(
                "# what production runs\nkind: Kustomization\nimages:\n  - name: {repository}  # ours\n    newTag: \"1.0\"\n"
            ),
        )?;
        hub.in_work(&["checkout", "-q", "-B", "main"])?;
        hub.in_work(&["add", "."])?;
        hub.in_work(&["commit", "-q", "-m", "start"])?;
        hub.in_work(&["push", "-q", "origin", "main"])?;
        Ok(hub)
    }

    /// Somebody who signs with a key of ssh.
    fn configure(&self) -> Result<(), Trouble> {
        let home = self.shop.world.folder.sub("home")?;
        let key = home.join("signing");
        let key_path = key.display().to_string();
        Program::new(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-f", &key_path],
        )
        .must()?;
        let public = home.join("signing.pub");
        let public = fs::read_to_string(&public).map_err(Trouble::file(&public))?;
        let signers = home.join("signers");
        write(&signers, format!("ci@example.com {public}"))?;
        write(
            &home.join(".gitconfig"),
            format!(
                "[user]\n name = CI\n email = ci@example.com\n signingKey = {key_path}\n[commit]\n gpgSign = true\n\
                 [gpg]\n format = ssh\n[gpg \"ssh\"]\n allowedSignersFile = {}\n",
                signers.display()
            ),
        )
    }

    fn git(&self, words: &[&str]) -> Result<String, Trouble> {
        Program::new("git", words)
            .dir(&self.shop.folder)
            .environment(&variables(&self.shop.world.folder)?)
            .must()
    }

    fn in_work(&self, words: &[&str]) -> Result<String, Trouble> {
        let work = self.work.display().to_string();
        self.git(&[&["-C", &work][..], words].concat())
    }

    /// What the bare repository says.
    fn says(&self, words: &[&str]) -> Result<String, Trouble> {
        let bare = format!("--git-dir={}", self.bare.display());
        self.git(&[&[bare.as_str()][..], words].concat())
    }

    fn file(&self, path: &str) -> Result<String, Trouble> {
        self.says(&["show", &format!("main:{path}")])
    }

    fn subjects(&self, range: &str) -> Result<String, Trouble> {
        self.says(&["log", "--format=%s", range])
    }

    /// How many commits deployed a release.
    fn deployments(&self, release: &str) -> Result<usize, Trouble> {
        let wanted = format!("Deploy gitops {release} to production");
        let subjects = self.subjects("main")?;
        Ok(subjects.lines().filter(|line| *line == wanted).count())
    }

    fn promotes(
        &self,
        report: &mut Report<'_>,
        tag: &str,
        code: i32,
        said: &str,
    ) -> Result<(), Trouble> {
        let command = format!("promote {} --to production", self.shop.at(tag));
        let outcome = self.shop.types("ci", &command)?;
        let what = format!("{tag} is promoted through the branch");
        report.ended(&what, &outcome, code, &[said]);
        Ok(())
    }

    /// Somebody else, who commits to the same branch without end.
    fn pushes(&self) -> Result<Background, Trouble> {
        let script = "while :; do git pull -q --rebase origin main; echo x >> NOTES; git add NOTES; \
                      git commit -q -m 'somebody else'; git push -q origin main && echo pushed; sleep 0.2; done";
        let log = self.shop.folder.join("pusher.log");
        let variables = variables(&self.shop.world.folder)?;
        let mut pusher = Background::start(&["sh", "-c", script], &self.work, &variables, &log)?;
        pusher.until(SOON, |log| log.contains("pushed").then_some(()))?;
        Ok(pusher)
    }

    /// Killed while it pushes; what comes after carries on, and the content is committed once.
    fn killed(&self, report: &mut Report<'_>, expected: String) -> Result<(), Trouble> {
        let hook = self.bare.join("hooks").join("post-receive");
        let waits = self.shop.folder.join("waits");
        write(
            &hook,
            format!(
                "#!/bin/sh\n[ -e {0} ] && exit 0\ntouch {0}\nsleep 5\n",
                waits.display()
            ),
        )?;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))
            .map_err(Trouble::file(&hook))?;
        let log = self.shop.folder.join("killed.log");
        let mut running = self.shop.starts(
            "ci",
            "rollback production --release build-1 --reason drill",
            &log,
        )?;
        running.until(SOON, |_| waits.exists().then_some(()))?;
        running.kill()?;
        let outcome = self.shop.types("ci", "tick")?;
        report.ended(
            "killed while it pushes, the next start carries on",
            &outcome,
            0,
            &["build-1"],
        );
        report.equal(
            "the branch names what was rolled back to",
            expected,
            self.file(KUSTOMIZATION)?,
        );
        // Once at the start, and once now.
        let count = self.deployments("build-1")?;
        report.equal("nothing was committed twice", 2, count);
        Ok(())
    }

    /// The branch is no longer what was recorded.
    fn somebody_else_changes(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        self.in_work(&["pull", "-q", "--rebase", "origin", "main"])?;
        let file = self.work.join(KUSTOMIZATION);
        let text = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
        let (first, second) = (&self.shop.world.v1_0.digest, &self.shop.world.v1_1.digest);
        write(&file, text.replace(first.as_str(), second))?;
        self.in_work(&["commit", "-q", "-a", "-m", "by hand"])?;
        self.in_work(&["push", "-q", "origin", "main"])?;
        let command = format!("promote {} --to production", self.shop.at("build-1"));
        let outcome = self.shop.types("ci", &format!("{command} --older"))?;
        report.ended(
            "a digest that somebody wrote into the branch is seen",
            &outcome,
            5,
            &[second],
        );
        let outcome = self
            .shop
            .types("ci", &format!("{command} --older --again"))?;
        report.ended("and put right by --again", &outcome, 0, &["committed"]);
        let text = self.file(KUSTOMIZATION)?;
        report.that(
            "the branch names the release again",
            text.contains(first.as_str()),
            first,
            &text,
        );
        Ok(())
    }
}
