//! The other site's checkpoint, kept from one import to the next.

use std::fs;
use std::path::Path;

use liftlock_ledger::SignedCheckpoint;
use liftlock_verbs::Failure;

/// Writes the checkpoint into its place: that of an archive which was shown to continue what was
/// there. It is written beside it and renamed, so that a crash leaves one of the two.
pub(super) fn keep(path: &Path, checkpoint: &SignedCheckpoint) -> Result<(), Failure> {
    let text = checkpoint.to_string();
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let beside = path.with_added_extension("new");
    let written = fs::write(&beside, &text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        let path = path.display();
        Failure::failed("file", format!("{path} cannot be written: {error}"))
            .hint("the release is here all the same; run the same again when it can")
    })
}
