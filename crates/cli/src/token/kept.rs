//! Sessions that `liftlock login` left: one for each server, in the user's own folder.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use liftlock_verbs::Failure;
use reqwest::Url;
use zeroize::Zeroizing;

/// The most bytes of the file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A server's name in the file, and what shows it who is asking.
type Sessions = BTreeMap<String, String>;

/// The session for a server, where there is one.
pub(crate) fn find(server: &Url) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = path() else { return Ok(None) };
    let mut sessions = read(&path)?;
    Ok(sessions.remove(&key(server)).map(Zeroizing::new))
}

/// Keeps a session; gives where.
pub(crate) fn keep(server: &Url, session: &str) -> Result<PathBuf, Failure> {
    let path = path().ok_or_else(|| Failure::usage("neither HOME nor XDG_CONFIG_HOME is set"))?;
    let mut sessions = read(&path)?;
    sessions.insert(key(server), session.to_owned());
    write(&path, &sessions).map_err(|error| unusable(&path, &error))?;
    Ok(path)
}

/// Forgets a session; whether there was one.
pub(crate) fn forget(server: &Url) -> Result<bool, Failure> {
    let Some(path) = path() else { return Ok(false) };
    let mut sessions = read(&path)?;
    if sessions.remove(&key(server)).is_none() {
        return Ok(false);
    }
    write(&path, &sessions).map_err(|error| unusable(&path, &error))?;
    Ok(true)
}

/// Scheme, host and port: another path of one server is the same server.
fn key(server: &Url) -> String {
    server.origin().ascii_serialization()
}

fn path() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    Some(config.or_else(home)?.join("liftlock").join("sessions.json"))
}

fn read(path: &PathBuf) -> Result<Sessions, Failure> {
    let mut text = Zeroizing::new(String::new());
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sessions::new()),
        Err(error) => return Err(unusable(path, &error)),
        Ok(file) => {
            let read = file.take(FILE_BYTES_MAX).read_to_string(&mut text);
            read.map_err(|error| unusable(path, &error))?;
        }
    }
    // What it says is not shown: it holds sessions.
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        unusable(
            path,
            &format!("it is not JSON as it must be, at {line}:{column}"),
        )
    })
}

/// Written beside its place, for its owner alone, and moved there: it is never half there.
fn write(path: &PathBuf, sessions: &Sessions) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let unfinished = path.with_extension(format!("json.{}", std::process::id()));
    let text = Zeroizing::new(serde_json::to_string_pretty(sessions)?);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&unfinished, path));
    if moved.is_err() {
        fs::remove_file(&unfinished).ok();
    }
    moved
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{} cannot be used: {why}", path.display()))
}
