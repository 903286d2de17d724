//! Puts histories into a state, as a server would have: by the store's own append.

use liftlock_engine::ports::Store as _;
use liftlock_store::DatabaseStore;

use crate::history::{History, Length};
use crate::place::Plan;
use crate::trouble::Trouble;

/// How many pipelines take turns in the ledger: their entries lie scattered, as they would.
const TURNS: usize = 50;

/// How many entries one append has.
const AT_ONCE: usize = 100;

/// Fills an empty state; how many entries there are then.
///
/// # Errors
/// Where the product refuses one of the histories, or the store fails.
pub(crate) async fn fill(store: &DatabaseStore, plan: &Plan) -> Result<u64, Trouble> {
    let mut written = 0;
    let all: Vec<(String, Length)> = plan.pipelines().collect();
    for some in all.chunks(TURNS) {
        let histories: Result<Vec<History>, Trouble> = some
            .iter()
            .map(|(name, length)| History::of(name, plan.registry_port, *length))
            .collect();
        written += interleaved(store, &histories?).await?;
        eprintln!("  {written} entries");
    }
    Ok(written)
}

async fn interleaved(store: &DatabaseStore, histories: &[History]) -> Result<u64, Trouble> {
    let longest = histories.iter().map(|history| history.entries.len()).max();
    for from in (0..longest.unwrap_or_default()).step_by(AT_ONCE) {
        for history in histories {
            let until = (from + AT_ONCE).min(history.entries.len());
            if let Some(entries) = history.entries.get(from..until).filter(|e| !e.is_empty()) {
                let stream = history.pipeline.as_str();
                store.append(stream, from as u64, entries, None).await?;
            }
        }
    }
    for history in histories {
        if let Some(snapshot) = history.snapshot()? {
            let stream = history.pipeline.as_str();
            store.put_snapshot(stream, &snapshot).await?;
        }
    }
    let lengths = histories.iter().map(|history| history.entries.len() as u64);
    Ok(lengths.sum())
}
