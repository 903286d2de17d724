//! A registry's notification, whichever registry it is.

use reqwest::header::HeaderMap;

use super::{IncomingError, Pushes, RegistryHook, RegistryKind, distribution, harbor, zot};

/// Reads what a registry sent to a hook, whose secret has been asked for already.
///
/// # Errors
/// [`IncomingError`] where it is not what this kind of registry sends.
pub fn read_registry(
    hook: &RegistryHook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Pushes, IncomingError> {
    match hook.kind {
        RegistryKind::Distribution => distribution::read(&hook.host, body),
        RegistryKind::Harbor => harbor::read(&hook.host, headers, body),
        RegistryKind::Zot => zot::read(&hook.host, headers, body),
    }
}
