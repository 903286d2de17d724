//! States that are made once and kept, by their content.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::database::Database;
use crate::history::Length;
use crate::images;
use crate::making;
use crate::options::Kind;
use crate::place::Plan;
use crate::trouble::Trouble;

/// Written last: a folder without it is half made.
const MADE: &str = "made";

/// Makes the state where it is not kept yet.
///
/// # Errors
/// Where it cannot be made.
pub(crate) async fn ensure(kind: Kind, plan: &Plan) -> Result<(), Trouble> {
    ensure_images(plan)?;
    let folder = plan.kept(kind);
    let done = folder.join(MADE);
    if done.is_file() {
        return Ok(());
    }
    eprintln!("making a state on {} in {}", kind.name(), folder.display());
    remove(&folder)?;
    make_folder(&folder)?;
    let database = Database::create(kind, &folder)?;
    let store = database.open().await?;
    let written = making::fill(&store, plan).await?;
    store.close().await;
    database.end()?;
    fs::write(&done, written.to_string()).map_err(Trouble::file(&done))
}

/// A copy that may be changed.
///
/// # Errors
/// Where it cannot be copied.
pub(crate) fn copy(kind: Kind, plan: &Plan, to: &Path) -> Result<(), Trouble> {
    remove(to)?;
    let mut command = Command::new("cp");
    command.args(["-a", "--reflink=auto", "--"]);
    let copied = command.arg(plan.kept(kind)).arg(to).status();
    let copied = copied.map_err(|source| Trouble::Start {
        program: "cp".to_owned(),
        source,
    })?;
    if copied.success() {
        return Ok(());
    }
    Err(Trouble::Failed {
        program: "cp".to_owned(),
        status: copied.to_string(),
        said: String::new(),
    })
}

/// Takes a folder away, where there is one.
///
/// # Errors
/// Where that cannot be done.
pub(crate) fn remove(folder: &Path) -> Result<(), Trouble> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Trouble::file(folder)(error))
        }
        _ => Ok(()),
    }
}

/// Makes a folder and those on the way to it.
///
/// # Errors
/// Where that cannot be done.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(Trouble::file(folder))
}

fn ensure_images(plan: &Plan) -> Result<(), Trouble> {
    let folder = plan.images();
    let done = folder.join(MADE);
    if done.is_file() {
        return Ok(());
    }
    for (pipeline, Length { releases, .. }) in plan.pipelines() {
        let mut tags = vec![("staging", crate::history::release(releases))];
        if releases > 1 {
            tags.push(("production", crate::history::release(releases - 1)));
        }
        images::write(&folder.join(pipeline).join("api"), &tags)?;
    }
    fs::write(&done, "").map_err(Trouble::file(&done))
}
