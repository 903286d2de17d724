//! Response bodies with a limit.

use liftlock_engine::ports::RegistryError;

use super::response::Response;
use crate::failure::{content, unreachable};

/// Reads a body of at most `limit` bytes. More is a content error that names the limit; a body
/// that ends before its announced length is a transport error.
pub(crate) async fn read_limited(
    registry: &str,
    what: &str,
    mut response: Response,
    limit: usize,
) -> Result<Vec<u8>, RegistryError> {
    let over = || content(what, format!("more than the limit of {limit} bytes"));
    if response.content_length().is_some_and(|n| n > limit as u64) {
        return Err(over());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(registry, error))?
    {
        if bytes.len() + chunk.len() > limit {
            return Err(over());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads as much of a body as there is, at most `limit` bytes.
pub(crate) async fn read_up_to(mut response: Response, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = limit - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == limit {
            break;
        }
    }
    bytes
}
