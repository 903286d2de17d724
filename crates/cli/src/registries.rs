//! How registries are spoken to: what docker's files and the environment say.

use std::path::PathBuf;

use liftlock_registry::{Options, Proxies};

/// Where docker keeps certificates for registries.
const DOCKER_CERTS: &str = "/etc/docker/certs.d";

/// Docker's `config.json`, certificates, proxies, and hosts without TLS.
pub(crate) fn registry_options() -> Options {
    let plain = text("LIFTLOCK_PLAIN_HTTP").unwrap_or_default();
    let plain = plain.split(',').map(str::trim);
    Options {
        plain_http: plain
            .filter(|host| !host.is_empty())
            .map(str::to_owned)
            .collect(),
        docker_config: docker_folder().map(|folder| folder.join("config.json")),
        certs_folders: folder("LIFTLOCK_CERTS")
            .into_iter()
            .chain([PathBuf::from(DOCKER_CERTS)])
            .collect(),
        proxies: Proxies {
            https: either("HTTPS_PROXY"),
            http: either("HTTP_PROXY"),
            no_proxy: either("NO_PROXY"),
        },
        locks_folder: locks_folder(),
        ..Options::default()
    }
}

fn docker_folder() -> Option<PathBuf> {
    folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")))
}

/// A folder that all of this user's processes on this machine have.
fn locks_folder() -> Option<PathBuf> {
    let cache = || Some(folder("HOME")?.join(".cache"));
    let base = folder("XDG_RUNTIME_DIR").or_else(|| folder("XDG_CACHE_HOME"));
    Some(base.or_else(cache)?.join("liftlock/locks"))
}

fn folder(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable);
    value.filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn text(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    value.filter(|value| !value.is_empty())
}

/// A variable that is written in either case; that in capitals counts.
fn either(variable: &str) -> Option<String> {
    text(variable).or_else(|| text(&variable.to_lowercase()))
}
