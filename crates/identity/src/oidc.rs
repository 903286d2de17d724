//! OpenID Connect: what a provider says of itself, its keys, and what its tokens are worth.
//!
//! Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7517 (keys), RFC 7519 (tokens), RFC 8725
//! (how tokens are attacked). Where the token says where its key is to be had (`jwk`, `jku`, `x5u`,
//! `x5c`), it is not read: keys come from the configured issuer alone.

mod claims;
mod fetch;
mod jwt;
mod key_set;
mod keys;
mod metadata;
mod provider;
mod strict;
mod url;

pub(crate) use claims::{Audience, Wanted};
pub use claims::{Claims, ClaimsError, LEEWAY};
pub use fetch::FetchError;
pub(crate) use fetch::{Fetched, Fetcher};
pub use jwt::{ALGORITHMS, JWT_BYTES_MAX, TokenRefused};
pub use key_set::KeySetError;
pub use keys::{KEYS_LAST, REFETCH_PAUSE};
pub(crate) use metadata::Metadata;
pub(crate) use provider::Provider;
pub use provider::ProviderError;
pub(crate) use strict::Object;
pub(crate) use url::{checked_url, is_loopback, same_or_https};
