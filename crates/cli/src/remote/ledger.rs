//! A server's ledger, read as C2SP tlog-tiles and computed again here: of what it comes to nothing
//! is the server's word but the key, where none is given.

mod own;
mod pipeline;
mod proofs;
mod read;

use liftlock_ledger::tiles::{BUNDLE_BYTES_MAX, TILE_WIDTH, TileKind, TilePath, decode_bundle};
use liftlock_ledger::{Checkpoint, SavedCheckpoint, SignedCheckpoint, VerifierKey};
use liftlock_oci::Digest;
use liftlock_store::{BLOB_BYTES_MAX, ProveError};
use liftlock_verbs::{Exit, Failure};

use super::Server;
use crate::context::Context;
use crate::verbs::log::prove_failure;

pub(crate) use own::Own;
pub(crate) use pipeline::{Seen, fold};
pub(crate) use proofs::Proving;

/// The most bytes of a key.
const KEY_BYTES_MAX: usize = 4096;

/// A server's ledger, up to a checkpoint that its key has signed.
pub(crate) struct RemoteLedger<'s> {
    server: &'s Server,
    /// The key that its checkpoints are checked with.
    pub(crate) key: VerifierKey,
    /// How large it is.
    pub(crate) signed: SignedCheckpoint,
}

impl<'s> RemoteLedger<'s> {
    /// As [`Self::open`], with a key that is given. Without one it is the key that the server
    /// gives, and that is said.
    pub(crate) async fn known(
        server: &'s Server,
        key: Option<VerifierKey>,
        context: &Context,
    ) -> Result<Self, Failure> {
        if let Some(key) = key {
            return Self::open(server, key).await;
        }
        let key = key_of(server).await?;
        context.ui.note(&format!(
            "the log's key is the server's word: {}; give one that came another way with --log-key",
            key.name()
        ));
        Self::open(server, key).await
    }

    /// The same with the key that the server gives, for what others check with theirs.
    pub(crate) async fn unchecked(server: &'s Server) -> Result<Self, Failure> {
        Self::open(server, key_of(server).await?).await
    }

    /// Reads the ledger's checkpoint, and checks that `key` has signed it.
    async fn open(server: &'s Server, key: VerifierKey) -> Result<Self, Failure> {
        let text = text(server, "log/checkpoint", SavedCheckpoint::BYTES_MAX).await?;
        let unlike = |why: String| changed(format!("the server's checkpoint: {why}"));
        let signed = text.parse::<SignedCheckpoint>();
        let signed = signed.map_err(|error| unlike(error.to_string()))?;
        let checked = signed.verify(&key).map(drop);
        checked.map_err(|error| unlike(error.to_string()))?;
        Ok(Self {
            server,
            key,
            signed,
        })
    }

    /// How large it is, and its root.
    pub(crate) fn checkpoint(&self) -> &Checkpoint {
        self.signed.checkpoint()
    }

    /// The entry at a place, as the server gives it: a proof of it is for the caller to make.
    pub(crate) async fn entry(&self, seq: u64) -> Result<Own, Failure> {
        let size = self.checkpoint().size();
        let index = seq / TILE_WIDTH;
        let width = size.saturating_sub(index * TILE_WIDTH).min(TILE_WIDTH);
        let missing = || prove_failure(ProveError::Entry { seq, size });
        let path = TilePath::new(TileKind::Entries, index, width).ok_or_else(missing)?;
        let bytes = self.tile(path).await?;
        let entries = decode_bundle(&bytes).map_err(|e| changed(format!("{path}: {e}")))?;
        let place = usize::try_from(seq % TILE_WIDTH).unwrap_or_default();
        let bytes = entries.get(place).ok_or_else(missing)?.to_vec();
        Ok(Own { seq, bytes })
    }

    /// A payload that an entry names; `None` where the server does not have it any more.
    pub(crate) async fn payload(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Failure> {
        let path = format!("log/blobs/sha256/{}", digest.hex());
        match self.server.fetch(&path, BLOB_BYTES_MAX).await {
            Ok(bytes) if Digest::of(&bytes) == *digest => Ok(Some(bytes)),
            Ok(_) => Err(changed(format!("the payload {digest} is another"))),
            Err(failure) if failure.code == "not-found" => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn tile(&self, path: TilePath) -> Result<Vec<u8>, Failure> {
        let path = format!("log/{path}");
        self.server.fetch(&path, BUNDLE_BYTES_MAX).await
    }
}

/// The key that a server says is its log's.
pub(crate) async fn key_of(server: &Server) -> Result<VerifierKey, Failure> {
    let text = text(server, "log/key", KEY_BYTES_MAX).await?;
    text.trim().parse().map_err(|error| {
        Failure::failed("server", format!("{server} gives no key of a log: {error}"))
    })
}

async fn text(server: &Server, path: &str, limit: usize) -> Result<String, Failure> {
    let bytes = server.fetch(path, limit).await?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::failed("server", format!("the answer of {server} is no text")))
}

/// The ledger is not what it was, or not what was signed.
fn changed(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Mismatch, "ledger", message)
}
