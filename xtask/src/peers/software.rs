//! The registries there are, and how each is told where to listen and what to keep where.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::folder::write;
use super::packages;
use super::tokens::{ISSUER, SERVICE, Tokens};
use super::trouble::Trouble;

/// Who may use a registry with a login.
pub(crate) const USER: &str = "ci";
/// The password of [`USER`].
pub(crate) const PASSWORD: &str = "for-interop-only";
/// The bcrypt of [`PASSWORD`], with the least cost there is.
const HTPASSWD: &str = "ci:$2b$04$4s1mC6GP3oUaxkVIIG7KvuIwmFmOsPhXVXwnFwMh2Bxt4czK5ZgXm\n";

/// A registry's program.
#[derive(Debug, Clone)]
pub(crate) enum Software {
    /// Debian's docker-registry: CNCF Distribution 2.8, without the referrers API.
    DockerRegistry,
    /// CNCF Distribution 3.
    Distribution(PathBuf),
    /// The registry of the project of that name.
    Zot(PathBuf),
    /// The product's own.
    Embedded(PathBuf),
}

/// Who may use a registry.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access<'a> {
    /// Everybody on this machine.
    Everybody,
    /// [`USER`] alone. Of Distribution only.
    Login,
    /// Whoever has a token. Of Distribution only.
    Token(&'a Tokens),
}

impl Software {
    /// What to call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::DockerRegistry => "docker-registry",
            Self::Distribution(_) => "distribution-3",
            Self::Zot(_) => "zot",
            Self::Embedded(_) => "embedded",
        }
    }

    /// Zot, where this machine has it: it cannot be had from a package registry.
    pub(crate) fn zot() -> Option<Self> {
        packages::find("zot").map(Self::Zot)
    }

    /// The folder with its content, in `place`.
    pub(crate) fn data(place: &Path) -> PathBuf {
        place.join("data")
    }

    /// Writes its configuration into `place`, and returns the command that starts it there.
    pub(crate) fn command(
        &self,
        place: &Path,
        port: u16,
        access: Access<'_>,
    ) -> Result<Vec<String>, Trouble> {
        let data = Self::data(place).display().to_string();
        let address = format!("127.0.0.1:{port}");
        let words = match self {
            Self::DockerRegistry => {
                let config = distribution(place, &data, &address, access)?;
                ["docker-registry".to_owned(), "serve".to_owned(), config].to_vec()
            }
            Self::Distribution(program) => {
                let config = distribution(place, &data, &address, access)?;
                [program.display().to_string(), "serve".to_owned(), config].to_vec()
            }
            Self::Zot(program) => {
                let config = zot(place, &data, port)?;
                [program.display().to_string(), "serve".to_owned(), config].to_vec()
            }
            Self::Embedded(program) => {
                let program = program.display().to_string();
                let words = ["registry", "serve", &data, "--listen", &address];
                let words = words.map(str::to_owned);
                [program].into_iter().chain(words).collect()
            }
        };
        Ok(words)
    }
}

fn distribution(
    place: &Path,
    data: &str,
    address: &str,
    access: Access<'_>,
) -> Result<String, Trouble> {
    let mut text = format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {data}}}}}\n\
         http: {{addr: {address:?}, secret: interop}}\n"
    );
    match access {
        Access::Everybody => {}
        Access::Login => {
            let file = place.join("htpasswd");
            write(&file, HTPASSWD)?;
            let file = file.display();
            text += &format!("auth: {{htpasswd: {{realm: interop, path: {file}}}}}\n");
        }
        Access::Token(tokens) => {
            let (realm, bundle) = (&tokens.realm, tokens.certificate.display());
            text += &format!(
                "auth: {{token: {{realm: {realm:?}, service: {SERVICE}, issuer: {ISSUER}, \
                 rootcertbundle: {bundle}}}}}\n"
            );
        }
    }
    let config = place.join("config.yml");
    write(&config, text)?;
    Ok(config.display().to_string())
}

fn zot(place: &Path, data: &str, port: u16) -> Result<String, Trouble> {
    let config = json!({
        "distSpecVersion": "1.1.1",
        "storage": { "rootDirectory": data, "gc": false },
        "http": {
            "address": "127.0.0.1", "port": port.to_string(),
            // Docker's own formats are refused otherwise.
            "compat": ["docker2s2"],
        },
        "log": { "level": "info" },
    });
    let path = place.join("config.json");
    write(&path, config.to_string())?;
    Ok(path.display().to_string())
}
