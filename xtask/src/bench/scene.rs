//! What all cases share: the clients, and the software of the registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::client::{Client, Kind};
use super::measure;
use super::options::{self, Options};
use super::row::{Row, Run};
use crate::peers::environment::variables;
use crate::peers::folder::{Folder, write};
use crate::peers::registry::Registry;
use crate::peers::software::{Access, Software};
use crate::peers::tokens::Tokens;
use crate::peers::trouble::Trouble;
use crate::peers::{Note, build, go, packages, skopeo, versions};

/// A registry writes its log after it answers: this long without a new line is the end.
const LOG_SETTLES: Duration = Duration::from_millis(40);

/// The clients and the registries' software.
pub(super) struct Scene<'a> {
    pub(super) folder: &'a Folder,
    pub(super) options: &'a Options,
    /// The product first.
    pub(super) clients: Vec<Client>,
    pub(super) software: Software,
    variables: Vec<(String, String)>,
}

/// What a client is to do once.
pub(super) struct Turn<'a> {
    pub(super) words: Vec<String>,
    /// Whose requests count.
    pub(super) registries: &'a [&'a Registry],
    pub(super) tokens: Option<&'a Tokens>,
    /// What has to be there afterwards, with its digest.
    pub(super) there: Vec<String>,
    pub(super) digest: &'a str,
}

impl<'a> Scene<'a> {
    /// Builds or finds all programs.
    pub(super) fn prepare(
        folder: &'a Folder,
        options: &'a Options,
        note: &mut Note<'_>,
    ) -> Result<Self, Trouble> {
        let liftlock = build::liftlock(&options.profile, note)?.liftlock;
        let mut clients = Vec::new();
        for kind in Kind::ALL {
            if options.without.iter().any(|name| name == kind.name()) {
                continue;
            }
            let program = match kind {
                Kind::Liftlock => liftlock.clone(),
                Kind::Crane => go::get(versions::CRANE, note)?,
                Kind::Regctl => go::get(versions::REGCTL, note)?,
                Kind::Skopeo => packages::find("skopeo").ok_or(Trouble::Missing("skopeo"))?,
            };
            clients.push(Client { kind, program });
        }
        let software = match options.registry {
            options::Kind::DockerRegistry => Software::DockerRegistry,
            options::Kind::Distribution => {
                Software::Distribution(go::get(versions::DISTRIBUTION, note)?)
            }
            options::Kind::Embedded => Software::Embedded(liftlock),
        };
        Ok(Self {
            folder,
            options,
            clients,
            software,
            variables: variables(folder)?,
        })
    }

    /// A new registry for everybody.
    pub(super) fn registry(&self, name: &str) -> Result<Registry, Trouble> {
        Registry::start(self.folder, name, &self.software, Access::Everybody)
    }

    /// A row for each client.
    pub(super) fn rows(&self) -> Vec<Row> {
        let rows = self.clients.iter();
        rows.map(|client| Row::new(client.name(), client.standing()))
            .collect()
    }

    /// Runs what short cases need more of.
    pub(super) fn many(&self) -> u32 {
        self.options.runs * self.options.size(4, 1)
    }

    /// Lets a client have its turn, unless an earlier one went wrong.
    pub(super) fn turn(&self, row: &mut Row, turn: &Turn<'_>) {
        if row.trouble.is_some() {
            return;
        }
        match self.measured(turn) {
            Ok(run) => row.runs.push(run),
            Err(trouble) => row.trouble = Some(trouble.to_string().trim_end().to_owned()),
        }
    }

    fn measured(&self, turn: &Turn<'_>) -> Result<Run, Trouble> {
        let before = turn.counted()?;
        let usage = measure::run(&turn.words, self.folder.path(), &self.variables)?;
        let requests = turn.settled()? - before;
        for reference in &turn.there {
            let found = skopeo::digest(reference)?;
            if found != turn.digest {
                return Err(Trouble::answer(reference, found));
            }
        }
        Ok(Run { usage, requests })
    }

    /// A file of lines.
    pub(super) fn file(&self, name: &str, lines: &[String]) -> Result<PathBuf, Trouble> {
        let path = self.folder.path().join(name);
        write(&path, lines.join("\n") + "\n")?;
        Ok(path)
    }

    /// A shell that runs commands one after the other and stops at the first that fails. Words
    /// with quotes or spaces are not for it.
    pub(super) fn in_turn(&self, commands: &[Vec<String>]) -> Result<Vec<String>, Trouble> {
        let lines: Vec<_> = commands.iter().map(|words| words.join(" ")).collect();
        let script = self.file("commands", &lines)?.display().to_string();
        Ok(["sh", "-e", &script].map(str::to_owned).to_vec())
    }

    /// Removes what a registry left, once it has ended.
    pub(super) fn remove(&self, name: &str) -> Result<(), Trouble> {
        let place: &Path = &self.folder.path().join(name);
        fs::remove_dir_all(place).map_err(Trouble::file(place))
    }
}

impl Turn<'_> {
    fn counted(&self) -> Result<usize, Trouble> {
        let mut all = self.tokens.map_or(0, Tokens::asked);
        for registry in self.registries {
            all += registry.answered()?;
        }
        Ok(all)
    }

    fn settled(&self) -> Result<usize, Trouble> {
        let mut count = self.counted()?;
        loop {
            thread::sleep(LOG_SETTLES);
            let now = self.counted()?;
            if now == count {
                return Ok(now);
            }
            count = now;
        }
    }
}
