//! An export of a server's ledger.

use std::collections::BTreeSet;
use std::path::Path;

use liftlock_ledger::{Checkpoint, SavedCheckpoint};
use liftlock_store::{ExportWriter, exported_blob, put_exported_blob};
use liftlock_verbs::Failure;

use super::{Counts, failed, report};
use crate::remote::{RemoteLedger, Server};

/// Writes it as one of a state at hand is written: what is read is verified on the way.
pub(super) async fn export(
    server: &Server,
    folder: &Path,
) -> Result<(Checkpoint, Counts), Failure> {
    let ledger = RemoteLedger::unchecked(server).await?;
    let name = ledger.key.name();
    let mut writer = Some(ExportWriter::begin(folder.to_owned(), name).map_err(failed)?);
    let mut digests = BTreeSet::new();
    ledger
        .read(None, |_, entries| {
            digests.extend(entries.iter().filter_map(|entry| report(entry)));
            let next = writer.take().map(|writer| writer.bundle(&entries));
            writer = next.transpose().map_err(failed)?;
            Ok(())
        })
        .await?;
    let sealed = SavedCheckpoint::Signed(ledger.signed.clone());
    let (mut written, mut missing) = (0, 0);
    for digest in digests {
        if exported_blob(folder, &digest).is_ok_and(|there| there.is_some()) {
            written += 1;
            continue;
        }
        match ledger.payload(&digest).await? {
            None => missing += 1,
            Some(bytes) => {
                put_exported_blob(folder, &bytes).map_err(failed)?;
                written += 1;
            }
        }
    }
    if let Some(writer) = writer {
        writer.finish(&sealed, Some(&ledger.key)).map_err(failed)?;
    }
    Ok((ledger.checkpoint().clone(), (written, missing)))
}
