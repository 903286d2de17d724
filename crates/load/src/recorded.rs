//! What the ledger says was recorded.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use liftlock_core::event::Event;
use liftlock_engine::decode;
use liftlock_store::{DatabaseStore, ENTRIES_PAGE_MAX};

use crate::database::Database;
use crate::trouble::Trouble;

/// How many events of which kind there are from a place in the ledger on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) evidence: u64,
    pub(crate) approvals: u64,
    pub(crate) others: u64,
}

/// Counts what was recorded from a place in the ledger on.
///
/// # Errors
/// Where the ledger cannot be read.
pub(crate) async fn count(store: &DatabaseStore, from: u64) -> Result<Recorded, Trouble> {
    let mut recorded = Recorded::default();
    let mut next = from;
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else {
            return Ok(recorded);
        };
        next = last.seq + 1;
        for stored in &page {
            let entry = decode(&stored.stream, stored.version, &stored.bytes)?;
            match entry.event {
                Event::EvidenceAdded(_) => recorded.evidence += 1,
                Event::ApprovalGiven(_) => recorded.approvals += 1,
                _ => recorded.others += 1,
            }
        }
    }
}

/// Lets the product verify the whole ledger; how long that took.
///
/// # Errors
/// What it finds wrong.
pub(crate) fn verify(program: &Path, database: &Database, dir: &Path) -> Result<Duration, Trouble> {
    let start = Instant::now();
    let said = Command::new(program)
        .args(["log", "verify"])
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir)
        .env("LIFTLOCK_STATE", database.address())
        .output()
        .map_err(|source| Trouble::Start {
            program: program.display().to_string(),
            source,
        })?;
    if said.status.success() {
        return Ok(start.elapsed());
    }
    Err(Trouble::Failed {
        program: "liftlock log verify".to_owned(),
        status: said.status.to_string(),
        said: String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned(),
    })
}
