//! Ends what a process that is gone left running.

use std::path::Path;
use std::time::Duration;

use liftlock_core::{EnvironmentName, PipelineName};
use liftlock_engine::ports::DeliveryError;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep};

use crate::note::{Note, Place};
use crate::process::{self, Identity, Process};

/// How long something may take to end once it was asked to, and once more when it is made to.
const GRACE: Duration = Duration::from_secs(5);
/// How often what ends is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Ends the programs that an environment's notes name, with their whole process groups, if the
/// process that ran them is gone. Returns a line for each, or nothing where nothing ran any more.
///
/// Processes that left the group are not found.
///
/// # Errors
/// [`DeliveryError::LeftBehind`] for a note that cannot be read, for an owner that lives, and
/// for what cannot be ended; the note stays.
pub(crate) async fn end(
    base_dir: &Path,
    pipeline: &PipelineName,
    environment: &EnvironmentName,
) -> Result<Vec<String>, DeliveryError> {
    let place = Place::new(base_dir, pipeline, environment);
    let places = place.with_checks().map_err(|e| {
        let folder = place.path().parent().unwrap_or(base_dir).display();
        left(
            "a program of before",
            format!("{folder} cannot be read: {e}"),
        )
    })?;
    let mut lines = Vec::new();
    for place in places {
        lines.extend(end_at(base_dir, (pipeline, environment), &place).await?);
    }
    Ok(lines)
}

async fn end_at(
    base_dir: &Path,
    names: (&PipelineName, &EnvironmentName),
    place: &Place,
) -> Result<Option<String>, DeliveryError> {
    let file = place.path().display();
    let what = format!("the program noted in {file}");
    let Some(note) = place.read().map_err(|e| {
        let message = format!("{e}; see that it does not run, and remove the file");
        left(&what, message)
    })?
    else {
        return Ok(None);
    };
    let what = format!("{} of {}", note.program, note.promotion);
    let ended = end_noted(base_dir, names, &note).await;
    let line = ended.map_err(|why| {
        let message = format!("{why}; see that it does not run, remove {file}, and try again");
        left(&what, message)
    })?;
    place
        .remove()
        .map_err(|e| left(&what, format!("{file} cannot be removed: {e}")))?;
    Ok(line.map(|line| format!("{what} {line}")))
}

/// Says what became of it, or why it cannot be ended.
async fn end_noted(
    base_dir: &Path,
    names: (&PipelineName, &EnvironmentName),
    note: &Note,
) -> Result<Option<String>, String> {
    let (Some(own), Some(owner)) = (process::own(), note.owner) else {
        let line = "may still run: a process that is gone ran it, and this system has no /proc";
        return Ok(Some(line.to_owned()));
    };
    if note.boot != process::boot() || owner == own.id {
        return Ok(None);
    }
    // It gives its lease back before it is quite gone.
    if !gone(|| Ok(!owner.is_alive())).await? {
        return Err(format!("process {} runs it, and lives", owner.pid));
    }
    let leader = match note.leader {
        Some(leader) => Some(leader),
        None => search(base_dir, names, note)?,
    };
    let Some(leader) = leader else {
        return Ok(None);
    };
    let members = members(leader)?;
    if members.is_empty() {
        return Ok(None);
    }
    if own.group == leader.pid {
        return Err("this process belongs to it".to_owned());
    }
    end_group(leader).await?;
    Ok(Some(format!(
        "still ran (process group {}), though the process that ran it is gone; it was ended",
        leader.pid
    )))
}

/// The leader of a program that was noted, but not its number: it works in the folder, leads
/// its group, has the environment it was given, and is no older than the note.
fn search(
    base_dir: &Path,
    (pipeline, environment): (&PipelineName, &EnvironmentName),
    note: &Note,
) -> Result<Option<Identity>, String> {
    let base_dir = base_dir.canonicalize().map_err(|e| e.to_string())?;
    let variables = [
        format!("LIFTLOCK_PIPELINE={pipeline}"),
        format!("LIFTLOCK_ENVIRONMENT={environment}"),
        format!("LIFTLOCK_PROMOTION={}", note.promotion),
    ];
    let is_it = |one: &Process| {
        let leads = !one.ended && one.group == one.id.pid;
        let since = note.since.is_none_or(|since| one.id.start >= since);
        leads && since && one.is_in(&base_dir) && one.has(&variables)
    };
    let all = process::all().map_err(|e| e.to_string())?;
    Ok(all.into_iter().find(is_it).map(|found| found.id))
}

/// The living processes of the group that `leader` leads or led.
fn members(leader: Identity) -> Result<Vec<Process>, String> {
    // A number is given again only when no group has it any more.
    if process::find(leader.pid).is_some_and(|now| now.id != leader) {
        return Ok(Vec::new());
    }
    let mut all = process::all().map_err(|e| e.to_string())?;
    all.retain(|one| one.group == leader.pid && one.id.start >= leader.start && !one.ended);
    Ok(all)
}

async fn end_group(leader: Identity) -> Result<(), String> {
    // Numbers below 2 would mean other groups than this one.
    let Some(group) = Pid::from_raw(leader.pid).filter(|_| leader.pid > 1) else {
        return Err(format!("{} is no process group", leader.pid));
    };
    // One that is stopped gets a signal only when it is continued. Signals fail where nobody is
    // left, or where all belong to another user: who then still lives is seen below.
    for signals in [&[Signal::TERM, Signal::CONT][..], &[Signal::KILL]] {
        for signal in signals {
            let _ = kill_process_group(group, *signal);
        }
        if gone(|| Ok(members(leader)?.is_empty())).await? {
            return Ok(());
        }
    }
    Err(format!("process group {} does not end", leader.pid))
}

/// Waits until it is so, but no longer than the grace; whether it is.
async fn gone(is_gone: impl Fn() -> Result<bool, String>) -> Result<bool, String> {
    let deadline = Instant::now() + GRACE;
    while !is_gone()? {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(true)
}

fn left(what: &str, message: String) -> DeliveryError {
    DeliveryError::LeftBehind {
        program: what.to_owned(),
        message,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
