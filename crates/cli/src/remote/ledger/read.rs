//! Every entry, or every hash, of a server's ledger.

use std::collections::HashMap;
use std::pin::Pin;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use liftlock_ledger::tiles::{Tile, TileKind, TilePath, TileWriter, decode_bundle, paths};
use liftlock_ledger::{Checkpoint, Hash, Verifier, VerifyError};
use liftlock_verbs::Failure;
use serde::Deserialize;

use super::{RemoteLedger, changed};

/// Tiles on their way, in order.
type Tiles<'t> = Pin<Box<dyn Stream<Item = Result<(TilePath, Vec<u8>), Failure>> + Send + 't>>;

/// How many tiles are asked for at once.
const AT_ONCE: usize = 4;

/// The part of an entry that every version has.
#[derive(Deserialize)]
struct Place {
    pipeline: String,
    n: u64,
}

impl RemoteLedger<'_> {
    /// Reads every entry, in order: recomputes the tree up to the checkpoint, and `earlier` on the
    /// way, compares each tile of hashes, and sees that each entry is its pipeline's next. Shows
    /// `visit` each bundle of entries.
    pub(crate) async fn read(
        &self,
        earlier: Option<&Checkpoint>,
        mut visit: impl FnMut(u64, Vec<&[u8]>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut verifier = Verifier::new(earlier.cloned()).map_err(fault)?;
        let (mut tiles, mut streams) = (TileWriter::new(), HashMap::new());
        let mut bundles = self.tiles(TileKind::Entries);
        while let Some((path, bytes)) = bundles.try_next().await? {
            let first = verifier.frontier().size();
            let entries = decode_bundle(&bytes).map_err(|e| changed(format!("{path}: {e}")))?;
            if entries.len() != usize::from(path.width()) {
                return Err(changed(format!("{path} has {} entries", entries.len())));
            }
            let mut done = Vec::new();
            for (seq, entry) in (first..).zip(&entries) {
                done.extend(tiles.push(verifier.entry(entry).map_err(fault)?));
                is_next(&mut streams, seq, entry)?;
            }
            for tile in done {
                self.compare(&tile).await?;
            }
            visit(first, entries)?;
        }
        for tile in tiles.partial() {
            self.compare(&tile).await?;
        }
        self.finish(verifier)
    }

    /// Reads the hash of every entry, in order, and recomputes the tree. For who may not read the
    /// entries: hashes tell nothing.
    pub(crate) async fn hashes(
        &self,
        earlier: Option<&Checkpoint>,
        mut visit: impl FnMut(u64, Hash) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut verifier = Verifier::new(earlier.cloned()).map_err(fault)?;
        let mut tiles = self.tiles(TileKind::Hashes { level: 0 });
        while let Some((path, bytes)) = tiles.try_next().await? {
            if bytes.len() != usize::from(path.width()) * Hash::BYTES {
                return Err(changed(format!("{path} has {} bytes", bytes.len())));
            }
            for hash in bytes.chunks_exact(Hash::BYTES) {
                let seq = verifier.frontier().size();
                let hash = Hash::from_slice(hash).map_err(|e| changed(e.to_string()))?;
                verifier.leaf(hash, |_, _| {}).map_err(fault)?;
                visit(seq, hash)?;
            }
        }
        self.finish(verifier)
    }

    /// All tiles of a kind, in order, some of them on their way.
    fn tiles(&self, kind: TileKind) -> Tiles<'_> {
        let wanted = paths(self.checkpoint().size()).filter(move |path| path.kind() == kind);
        let asked = wanted.map(async |path| Ok((path, self.tile(path).await?)));
        Box::pin(stream::iter(asked).buffered(AT_ONCE))
    }

    async fn compare(&self, tile: &Tile) -> Result<(), Failure> {
        match self.tile(tile.path).await? == tile.bytes {
            true => Ok(()),
            false => Err(changed(format!(
                "{} does not hold the hashes of the entries below it",
                tile.path
            ))),
        }
    }

    fn finish(&self, verifier: Verifier) -> Result<(), Failure> {
        let (size, root) = (self.checkpoint().size(), self.checkpoint().root());
        verifier.finish(size, root).map(drop).map_err(fault)
    }
}

fn is_next(streams: &mut HashMap<String, u64>, seq: u64, entry: &[u8]) -> Result<(), Failure> {
    let place: Place = serde_json::from_slice(entry)
        .map_err(|error| changed(format!("entry {seq} is of no pipeline: {error}")))?;
    let last = streams.entry(place.pipeline).or_default();
    *last += 1;
    match place.n == *last {
        true => Ok(()),
        false => Err(changed(format!(
            "entry {seq} is event {} of its pipeline, and event {last} would be the next",
            place.n
        ))),
    }
}

/// As it is said of a state at hand.
pub(super) fn fault(error: VerifyError) -> Failure {
    changed(format!("the ledger is not as it was: {error}"))
}
