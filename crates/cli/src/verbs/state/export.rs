//! `liftlock state export`

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_store::{DatabaseStore, OpenMode, log_key_path};
use liftlock_verbs::{Access, Done, Failure};

use crate::context::Context;

/// Write the whole state into a new state file, with the ledger's root unchanged
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock state export moved.db --state postgres://liftlock@db.example.com/liftlock\n\n\
The file is a state as any other: --state moved.db works on it. Every hash and the ledger's root are \
computed again before it has its name. Let nobody write to the state meanwhile and afterwards: what \
is recorded there later is not in the file. The log's key is not in it either."
)]
pub(crate) struct Arguments {
    /// The file, which is made
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let path = &arguments.path;
    let named = path.display();
    if path.symlink_metadata().is_ok() {
        let message = format!("{named} is there already, and is not written over");
        return Err(Failure::usage(message));
    }
    let (store, _) = context.open_store(Access::Read).await?;
    let part = beside(path, ".part");
    forget(&part).map_err(|error| failed(&part, &error))?;
    let made = write(&store, &part).await;
    let (text, mut json) = match made {
        Ok(moved) => super::figures(&moved),
        Err(failure) => {
            // It is nothing without its name; what stays of it goes with the next attempt.
            _ = forget(&part);
            return Err(failure);
        }
    };
    // A link never takes another file's place, as a new name could.
    let linked = fs::hard_link(&part, path).and_then(|()| fs::remove_file(&part));
    linked.map_err(|error| failed(path, &error))?;
    json["file"] = named.to_string().into();
    let key = log_key_path(store.path());
    let text = format!(
        "wrote {named}: {text}\nthe log's key stays in {}: whoever goes on with the file needs it as {}",
        key.display(),
        log_key_path(path).display()
    );
    Ok(Done::new(text, json))
}

async fn write(store: &DatabaseStore, part: &Path) -> Result<liftlock_store::Transferred, Failure> {
    let file = DatabaseStore::open(part, OpenMode::Create).await?;
    let moved = store.transfer(&file).await;
    // Also folds SQLite's log into the file.
    file.close().await;
    let moved = moved.map_err(super::failure)?;
    let synced = fs::File::open(part).and_then(|file| file.sync_all());
    synced.map_err(|error| failed(part, &error))?;
    Ok(moved)
}

/// Removes what an attempt that was ended left behind.
fn forget(part: &Path) -> std::io::Result<()> {
    for file in ["", "-wal", "-shm"] {
        match fs::remove_file(beside(part, file)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(
        "file",
        format!("{} cannot be written: {error}", path.display()),
    )
}
