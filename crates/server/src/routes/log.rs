//! `/log/...`: the ledger as C2SP tlog-tiles, made from the state.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use liftlock_core::access::Action;
use liftlock_engine::ports::Store as _;
use liftlock_ledger::Seal;
use liftlock_ledger::tiles::TilePath;
use liftlock_oci::Digest;

use crate::caller::Caller;
use crate::operations::{self, Served as _};
use crate::problem::Problem;
use crate::shared::Shared;

/// Tiles never change, full or not; only who may read them can.
const FOREVER: &str = "private, max-age=31536000, immutable";

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .serve(&operations::CHECKPOINT, checkpoint)
        .serve(&operations::LOG_KEY, key)
        .serve(&operations::TILE, tile)
        .serve(&operations::BLOB, blob)
        .with_state(shared.clone())
}

/// The ledger's size and root as they are now, signed.
async fn checkpoint(State(shared): State<Shared>, caller: Caller) -> Result<Response, Problem> {
    caller.may_here(Action::Witness)?;
    let head = shared.store.ledger_head().await;
    let head = head.map_err(Problem::internal)?;
    let sealed = Seal::Signed(&shared.log_key).seal(head.size, head.root);
    let sealed = sealed.map_err(Problem::internal)?;
    Ok(text(sealed.to_string()))
}

/// The key that verifies checkpoints: to compare with one that is known, never to trust.
async fn key(State(shared): State<Shared>, caller: Caller) -> Result<Response, Problem> {
    caller.may_here(Action::Witness)?;
    Ok(text(format!("{}\n", shared.log_key.verifier())))
}

async fn tile(
    State(shared): State<Shared>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    // Entries say what is recorded; hashes tell nothing.
    caller.may_here(match path.starts_with("entries/") {
        true => Action::Audit,
        false => Action::Witness,
    })?;
    let place: TilePath = format!("tile/{path}")
        .parse()
        .map_err(|_| Problem::not_found("this is not a tile's path"))?;
    let bytes = shared.store.tile(place).await.map_err(Problem::internal)?;
    let bytes = bytes.ok_or_else(|| {
        Problem::not_found("the ledger does not have this tile yet")
            .hint("/log/checkpoint says how large it is")
    })?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CACHE_CONTROL, FOREVER),
    ];
    Ok((headers, bytes).into_response())
}

/// A payload that an entry names by its digest: reports and attestations, as an export has them.
async fn blob(
    State(shared): State<Shared>,
    caller: Caller,
    Path(hex): Path<String>,
) -> Result<Response, Problem> {
    caller.may_here(Action::Audit)?;
    let nothing = || Problem::not_found("the state has no such payload");
    let digest: Digest = format!("sha256:{hex}").parse().map_err(|_| nothing())?;
    let bytes = shared
        .store
        .blob(&digest)
        .await
        .map_err(Problem::internal)?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CACHE_CONTROL, FOREVER),
    ];
    Ok((headers, bytes.ok_or_else(nothing)?).into_response())
}

fn text(text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
