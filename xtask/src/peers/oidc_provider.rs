//! A real OpenID Connect provider, certified as one, from npm, and a browser without a window.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Note;
use super::background::Background;
use super::go::kept;
use super::program::{Outcome, Program};
use super::trouble::Trouble;

/// Fixed, so that what is shown does not change by itself.
const PACKAGE: &str = "oidc-provider@9.13.3";

/// What starts it, and what visits it.
const SCRIPTS: [(&str, &str); 2] = [
    ("provider.mjs", include_str!("oidc_provider/provider.mjs")),
    ("browser.mjs", include_str!("oidc_provider/browser.mjs")),
];

const INSTALLED_WITHIN: Duration = Duration::from_secs(300);
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The provider's folder.
pub(crate) struct OidcProvider(PathBuf);

impl OidcProvider {
    /// Installed where this version is not there yet; `None` where there is no npm.
    pub(crate) fn get(note: &mut Note<'_>) -> Result<Option<Self>, Trouble> {
        let found = |name: &str| {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).any(|folder| folder.join(name).is_file())
        };
        if !found("npm") || !found("node") {
            return Ok(None);
        }
        let folder = kept()?.join(PACKAGE.replace('@', "-"));
        if !folder.join("node_modules/oidc-provider").is_dir() {
            note(&format!("installing {PACKAGE}"));
            fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
            super::folder::write(&folder.join("package.json"), "{\"private\":true}")?;
            let words = [
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                PACKAGE,
            ];
            let program = Program::new("npm", words).dir(&folder);
            program.within(INSTALLED_WITHIN).must()?;
        }
        for (name, text) in SCRIPTS {
            super::folder::write(&folder.join(name), text)?;
        }
        Ok(Some(Self(folder)))
    }

    /// Starts it on a port of this machine, for a server that is a client with this secret.
    pub(crate) fn start(
        &self,
        (port, server, secret): (u16, &str, &str),
        log: &Path,
    ) -> Result<Background, Trouble> {
        let port = port.to_string();
        let words = ["node", "provider.mjs", &port, server, secret];
        let path = ("PATH".to_owned(), env::var("PATH").unwrap_or_default());
        let mut provider = Background::start(&words, &self.0, &[path], log)?;
        provider.until(READY_WITHIN, |said| said.contains("ready at").then_some(()))?;
        Ok(provider)
    }

    /// Visits `url` as `person`, fills in what is asked, and types `code` where one is wanted. Then,
    /// where `server` is given, asks that as a page of its own and of others.
    pub(crate) fn visit(
        &self,
        url: &str,
        (person, code): (&str, &str),
        server: Option<&str>,
    ) -> Result<Outcome, Trouble> {
        let mut words = vec!["browser.mjs", url, person, code];
        words.extend(server);
        Program::new("node", words).dir(&self.0).run()
    }
}
