//! Who is asking: tokens, sessions, logins and CI's own tokens, against a provider over HTTP.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod ci;
mod configuration;
mod hostile_tokens;
mod issuer;
mod key_rotation;
mod keys;
mod logins;
mod memory;
mod requests;
mod sessions;
mod setup;
mod tokens;
mod world;
