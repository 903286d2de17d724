//! The log's private key: a file beside the state, for its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use liftlock_ledger::SigningKey;
use liftlock_ledger::note::{KeyError, PRIVATE_KEY_BYTES_MAX};
use zeroize::Zeroizing;

use crate::export_file::sync_folder;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// The file cannot be read or written.
    #[error("the log's key {path} cannot be read or written: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds no key. What it holds is not shown.
    #[error("{path} does not hold a log's key: {source}; put the saved one back")]
    Content {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// Others than its owner may read or write it.
    #[error(
        "{path} is open to others (mode {mode:o}), who could sign another history with it; take \
         that away: chmod 600 {path}"
    )]
    Open {
        /// The file.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// The name is none that a key can have.
    #[error("a log cannot have the name {name:?}: {source}")]
    Name {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// The log has a name already, and its checkpoints bear it.
    #[error("the log is named {found} already; a log keeps its name and its key")]
    Named {
        /// Its name.
        found: String,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes to make a key of")]
    Random,
}

/// Where the key of the state at `state` is: `log.key` beside `state.db`, and with the state's own
/// name before it where that is another, so that two states in a folder never share one.
pub fn log_key_path(state: &Path) -> PathBuf {
    match state.file_name().and_then(|name| name.to_str()) {
        Some("state.db") | None => state.with_file_name("log.key"),
        Some(name) => state.with_file_name(format!("{name}.log.key")),
    }
}

/// The key of the state at `state`; `None` where it has none yet.
///
/// # Errors
/// [`LogKeyError::File`], [`LogKeyError::Open`], [`LogKeyError::Content`].
pub fn read_log_key(state: &Path) -> Result<Option<SigningKey>, LogKeyError> {
    let path = log_key_path(state);
    check_mode(&path)?;
    let text = match read(&path) {
        Ok(Some(text)) => text,
        Ok(None) => return Err(content(&path, KeyError::Form)),
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(file(&path, source)),
    };
    let text = str::from_utf8(&text).map_err(|_| content(&path, KeyError::Form))?;
    let key = SigningKey::from_private_text(text.trim_end_matches('\n'));
    key.map(Some).map_err(|source| content(&path, source))
}

/// Makes a key for the state at `state`, named `name` or after itself, mode 0600. Gives the one
/// that is there where another process was faster, and whether it was made now.
///
/// # Errors
/// [`LogKeyError`]; `Named` where the log has another name than `name` already.
pub fn make_log_key(state: &Path, name: Option<&str>) -> Result<(SigningKey, bool), LogKeyError> {
    if let Some(key) = read_log_key(state)? {
        return named(key, name).map(|key| (key, false));
    }
    let key = random(name)?;
    let path = log_key_path(state);
    match write(&path, &key) {
        Ok(()) => Ok((key, true)),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            let there = read_log_key(state)?.ok_or_else(|| file(&path, e))?;
            named(there, name).map(|key| (key, false))
        }
        Err(source) => Err(file(&path, source)),
    }
}

fn named(key: SigningKey, name: Option<&str>) -> Result<SigningKey, LogKeyError> {
    match name {
        Some(name) if name != key.verifier().name() => Err(LogKeyError::Named {
            found: key.verifier().name().to_owned(),
        }),
        _ => Ok(key),
    }
}

fn random(name: Option<&str>) -> Result<SigningKey, LogKeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::fill(&mut *seed).map_err(|_| LogKeyError::Random)?;
    let made = match name {
        Some(name) => SigningKey::from_seed(name, &seed),
        None => SigningKey::unnamed(&seed),
    };
    made.map_err(|source| LogKeyError::Name {
        name: name.unwrap_or_default().to_owned(),
        source,
    })
}

/// As ssh does with its keys. A file that is not there is for who reads it to tell.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), LogKeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o777);
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display().to_string();
    Err(LogKeyError::Open { path, mode })
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), LogKeyError> {
    Ok(())
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let found = crate::export_file::read(path, PRIVATE_KEY_BYTES_MAX + 1)?;
    Ok(found.map(Zeroizing::new))
}

/// The whole key appears under its name at once, and never takes another's place.
fn write(path: &Path, key: &SigningKey) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    // Each unfinished key has a name of its own.
    part.push(format!(".{:08x}.part", key.verifier().id()));
    let part = PathBuf::from(part);
    let written = write_new(&part, key).and_then(|()| match fs::hard_link(&part, path) {
        // A disk without links: then the file is made in its place.
        Err(e) if e.kind() != ErrorKind::AlreadyExists => write_new(path, key),
        linked => linked,
    });
    _ = fs::remove_file(&part);
    written?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn write_new(path: &Path, key: &SigningKey) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(key.to_private_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn file(path: &Path, source: io::Error) -> LogKeyError {
    LogKeyError::File {
        path: path.display().to_string(),
        source,
    }
}

fn content(path: &Path, source: KeyError) -> LogKeyError {
    LogKeyError::Content {
        path: path.display().to_string(),
        source,
    }
}
