//! What is typed, in order, and what is shown between.

use std::ffi::OsString;

use clap::Parser;
use liftlock_verbs::{Done, Exit, Failure};

use super::{Place, files, sample};
use crate::arguments::Cli;
use crate::context::Context;
use crate::output::Ui;
use crate::registries::registry_options;
use crate::verbs;

/// Plays the whole way. `true` where the release reached production; a person may say no.
pub(super) async fn play(place: &Place, ui: Ui, ask: bool) -> Result<bool, Failure> {
    let stage = Stage { place, ui };
    stage.heading("A sample image for two platforms, built and pushed to an embedded registry");
    let client = liftlock_registry::HttpRegistries::new(registry_options());
    let image = sample::push(&client, place).await?;
    let reference = format!("{}:build-1", image.repository);
    ui.say(&format!("pushed {reference}\n       {}", image.digest));
    let reports = files::write(place, &image)?;

    stage.heading("A release pins its digest; from here on no tag decides what is promoted");
    let version = ["--version", "1.0.0", "--author", "dora"];
    let create = ["release", "create", "1.0.0", &reference];
    stage
        .must("ci", &[&create[..], &version].concat(), &[Exit::Done])
        .await?;
    stage
        .must(
            "ci",
            &["promote", "1.0.0", "--to", "development"],
            &[Exit::Done],
        )
        .await?;

    stage.heading("Production refuses it: it was not in staging, and nobody has approved it");
    let production = ["promote", "1.0.0", "--to", "production"];
    stage.must("ci", &production, &[Exit::Refused]).await?;

    stage.heading("Staging waits for evidence about exactly this digest");
    let staging = ["promote", "1.0.0", "--to", "staging"];
    stage.must("ci", &staging, &[Exit::Waiting]).await?;
    let tests = [
        "evidence",
        "add",
        "1.0.0",
        "unit-tests",
        "--report",
        &reports.tests,
    ];
    stage.must("ci", &tests, &[Exit::Done]).await?;
    for scan in &reports.scans {
        let scan = ["evidence", "add", "1.0.0", "image-scan", "--report", scan];
        stage.must("ci", &scan, &[Exit::Done]).await?;
    }
    stage.must("ci", &staging, &[Exit::Done]).await?;

    stage.heading("Production now waits: for the soak in staging, and for a person");
    stage.must("ci", &production, &[Exit::Waiting]).await?;
    let approve = ["approve", "1.0.0", "--to", "production"];
    let answered: Vec<&str> = if ask {
        approve.to_vec()
    } else {
        approve
            .into_iter()
            .chain(["--yes", "--comment", "answered by `try` itself"])
            .collect()
    };
    if stage
        .must("alice", &answered, &[Exit::Done, Exit::Refused])
        .await?
        .exit
        == Exit::Refused
    {
        ui.say("\nNot approved, so it stays where it is.");
        return Ok(false);
    }
    let wait = [&production[..], &["--wait=1m"]].concat();
    stage.must("ci", &wait, &[Exit::Done]).await?;

    stage.heading("The board, the history, and the ledger, recomputed");
    stage.must("ci", &["status"], &[Exit::Done]).await?;
    stage.must("ci", &["history"], &[Exit::Done]).await?;
    let promoted = format!("{}:production", image.repository);
    let verify = ["verify", &promoted, "--environment", "production"];
    stage.must("ci", &verify, &[Exit::Done]).await?;
    stage.must("ci", &["log", "verify"], &[Exit::Done]).await?;
    Ok(true)
}

/// What to type in another terminal.
pub(super) fn next(place: &Place, temporary: bool) -> String {
    let program = std::env::current_exe()
        .map_or_else(|_| "liftlock".to_owned(), |path| path.display().to_string());
    let folder = place.folder.display();
    format!(
        "\nThe registry is running at {}. In another terminal:\n\n  cd {folder}\n  alias liftlock={program}\n  cat liftlock.yaml\n  liftlock status\n  liftlock image list {}/hello\n  liftlock evidence revoke e1 --reason 'wrong run' --as ci\n  liftlock plan 1.0.0 --to production\n\nThen with your own image: `liftlock init registry.example.com/myapp`.\nCtrl-C ends this, and {}.",
        place.registry,
        place.registry,
        if temporary {
            "removes the folder"
        } else {
            "leaves the folder as it is"
        }
    )
}

struct Stage<'a> {
    place: &'a Place,
    ui: Ui,
}

impl Stage<'_> {
    fn heading(&self, text: &str) {
        self.ui.say(&format!("\n== {text}"));
    }

    /// Types a command as someone, shows what it prints, and stops everything where it does not
    /// end as it must: then something is broken.
    async fn must(&self, who: &str, words: &[&str], exits: &[Exit]) -> Result<Done, Failure> {
        let shown: Vec<String> = words.iter().map(|word| shown(word, self.place)).collect();
        self.ui
            .say(&format!("\n$ liftlock {} --as {who}", shown.join(" ")));
        let program = [OsString::from("liftlock")];
        let typed = program.into_iter().chain(words.iter().map(OsString::from));
        let cli = Cli::try_parse_from(typed).map_err(|e| Failure::usage(e.to_string()))?;
        let context = Context {
            ui: self.ui,
            file: self.place.folder.join("liftlock.yaml"),
            state: Some(
                self.place
                    .folder
                    .join(".liftlock/state.db")
                    .display()
                    .to_string(),
            ),
            act_as: Some(who.to_owned()),
        };
        match Box::pin(verbs::run(cli.verb, &context)).await {
            Ok(done) => {
                self.ui.say(&done.text);
                self.exit(done.exit);
                if exits.contains(&done.exit) {
                    Ok(done)
                } else {
                    Err(unexpected(&done.text))
                }
            }
            Err(failure) if exits.contains(&failure.exit) => {
                self.ui.say(&failure.message);
                if let Some(hint) = &failure.hint {
                    self.ui.say(&format!("hint: {hint}"));
                }
                self.exit(failure.exit);
                Ok(Done::new(failure.message, failure.details).exit(failure.exit))
            }
            Err(failure) => Err(failure),
        }
    }

    fn exit(&self, exit: Exit) {
        if exit != Exit::Done {
            self.ui.say(&format!("(exit code {})", exit as u8));
        }
    }
}

fn shown(word: &str, place: &Place) -> String {
    let short = word.replace(&format!("{}/", place.folder.display()), "");
    if short.contains([' ', '`']) {
        format!("'{short}'")
    } else {
        short
    }
}

fn unexpected(text: &str) -> Failure {
    Failure::failed("try", format!("this should have gone otherwise: {text}"))
}
