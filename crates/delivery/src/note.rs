//! The note of the program that runs for an environment: what a later process needs to end it,
//! should this one be killed.
//!
//! A program leads a process group of its own and outlives a SIGKILL of the process that runs
//! it, while that process's lease is free at once.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use liftlock_core::{EnvironmentName, PipelineName};
use liftlock_engine::ports::DeliveryContext;
use serde::{Deserialize, Serialize};

use crate::process::{self, Identity};

/// The largest note that is read, in bytes: two names, a program and some numbers.
const NOTE_BYTES_MAX: u64 = 64 * 1024;
/// The longest name of a program that is noted, in characters.
const PROGRAM_CHARS_MAX: usize = 200;

/// What is known of a program that runs. Liftlock's own format, in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// The program, as errors call it.
    pub(crate) program: String,
    /// For which promotion it runs.
    pub(crate) promotion: String,
    /// In which run of the system; this and the next two are `None` without `/proc`.
    pub(crate) boot: Option<String>,
    /// The process that runs it.
    pub(crate) owner: Option<Identity>,
    /// It was started then or later, as [`process::now`] says it.
    pub(crate) since: Option<u64>,
    /// Its process group's leader; `None` while it is being started.
    pub(crate) leader: Option<Identity>,
}

/// What the name of a note ends with while it is written.
const NEW: &str = "@new";

impl Note {
    fn new(program: &str, promotion: &str) -> Self {
        Self {
            program: program.chars().take(PROGRAM_CHARS_MAX).collect(),
            promotion: promotion.to_owned(),
            boot: process::boot(),
            owner: process::own().map(|own| own.id),
            since: process::now(),
            leader: None,
        }
    }
}

/// What a program runs for: for the environment, one at a time, or for one of its checks, which
/// run side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noting<'a> {
    pub(crate) context: &'a DeliveryContext,
    pub(crate) check: Option<&'a str>,
}

/// Where a note is kept.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

/// What the name of a check's note has between the environment's and the check's.
const CHECK: &str = "@check.";

impl Place {
    /// The place beside the pipeline file in `base_dir`. No name has the `@` between the two.
    pub(crate) fn new(
        base_dir: &Path,
        pipeline: &PipelineName,
        environment: &EnvironmentName,
    ) -> Self {
        let folder = base_dir.join(".liftlock").join("programs");
        Self(folder.join(format!("{pipeline}@{environment}")))
    }

    /// The place of a check's note.
    fn of_check(&self, check: &str) -> Self {
        let mut path = self.0.clone().into_os_string();
        path.push(format!("{CHECK}{check}"));
        Self(path.into())
    }

    /// This place, and those of the environment's checks that have a note.
    pub(crate) fn with_checks(&self) -> io::Result<Vec<Self>> {
        let mut places = vec![self.clone()];
        let (Some(folder), Some(name)) = (self.0.parent(), self.0.file_name()) else {
            return Ok(places);
        };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(places),
            entries => entries?,
        };
        let prefix = format!("{}{CHECK}", name.to_string_lossy());
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&prefix) && !name.ends_with(NEW) {
                places.push(Self(entry.path()));
            }
        }
        Ok(places)
    }

    /// The note's file.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The note, if there is one.
    pub(crate) fn read(&self) -> io::Result<Option<Note>> {
        let file = match File::open(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut text = Vec::new();
        file.take(NOTE_BYTES_MAX).read_to_end(&mut text)?;
        Ok(Some(serde_json::from_slice(&text)?))
    }

    /// Takes the note away.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Writes the note so that at any time there is the whole of the old or of the new one.
    pub(crate) fn write(&self, note: &Note) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            let mut folders = DirBuilder::new();
            folders.recursive(true).mode(0o700).create(folder)?;
        }
        let mut new = self.0.clone().into_os_string();
        new.push(NEW);
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(note)?)?;
        drop(file);
        fs::rename(&new, &self.0)
    }
}

/// A note that is kept as long as this is; it has to be dropped after the program has ended.
#[derive(Debug)]
pub(crate) struct Noted {
    place: Place,
    note: Note,
}

impl Noted {
    /// Notes that a program is about to be started in `dir`, the pipeline file's folder.
    ///
    /// The group's leader is not known before it runs. A kill between its start and
    /// [`Noted::started`] leaves a note without it; the program is then looked for by its
    /// folder and the environment it was given.
    pub(crate) fn begin(dir: &Path, noting: Noting<'_>, program: &str) -> io::Result<Self> {
        let context = noting.context;
        let place = Place::new(dir, &context.pipeline, &context.environment);
        let place = match noting.check {
            Some(check) => place.of_check(check),
            None => place,
        };
        let note = Note::new(program, &context.promotion);
        place.write(&note)?;
        Ok(Self { place, note })
    }

    /// Adds the program's process, which leads its group and is not yet reaped.
    pub(crate) fn started(&mut self, pid: Option<u32>) -> io::Result<()> {
        if self.note.owner.is_none() {
            return Ok(());
        }
        let pid = pid.and_then(|pid| i32::try_from(pid).ok());
        let Some(leader) = pid.and_then(process::find) else {
            return Err(io::Error::other("its process is not in /proc"));
        };
        self.note.leader = Some(leader.id);
        self.place.write(&self.note)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        // What stays is known as this process's own, and nothing is ended for it as long as it
        // lives.
        let _ = self.place.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_of_an_environments_checks_are_found_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let place = |environment: &str| {
            let (pipeline, environment) = ("shop".parse().unwrap(), environment.parse().unwrap());
            Place::new(folder.path(), &pipeline, &environment)
        };
        let staging = place("staging");
        assert_eq!(staging.with_checks().unwrap().len(), 1, "no folder yet");
        let note = Note::new("k6", "p7");
        let other = place("staging.eu").of_check("load");
        for place in [&staging.of_check("load"), &staging.of_check("new"), &other] {
            place.write(&note).unwrap();
        }
        std::fs::write(format!("{}@check.half@new", staging.path().display()), "{").unwrap();
        let found = staging.with_checks().unwrap();
        let mut read: Vec<_> = found.iter().filter_map(|p| p.read().unwrap()).collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read.pop(), Some(note));
    }
}
