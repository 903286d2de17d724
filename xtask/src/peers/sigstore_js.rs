//! Sigstore's verifier in JavaScript, from npm.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Note;
use super::go::kept;
use super::program::{Outcome, Program};
use super::trouble::Trouble;

/// Fixed, so that what is shown does not change by itself.
const PACKAGES: [&str; 2] = ["@sigstore/verify@4.1.3", "@sigstore/bundle@5.0.1"];

/// What calls it.
const SCRIPT: &str = include_str!("sigstore_js/verify.js");

const INSTALLED_WITHIN: Duration = Duration::from_secs(300);

/// The verifier.
pub(crate) struct SigstoreJs(PathBuf);

impl SigstoreJs {
    /// Installed where this version is not there yet; `None` where there is no npm.
    pub(crate) fn get(note: &mut Note<'_>) -> Result<Option<Self>, Trouble> {
        let found = |name: &str| {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).any(|folder| folder.join(name).is_file())
        };
        if !found("npm") || !found("node") {
            return Ok(None);
        }
        let version = PACKAGES[0].rsplit('@').next().unwrap_or_default();
        let folder = kept()?.join(format!("sigstore-js-{version}"));
        if !folder.join("node_modules/@sigstore/verify").is_dir() {
            note(&format!("installing {}", PACKAGES[0]));
            fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
            super::folder::write(&folder.join("package.json"), "{\"private\":true}")?;
            let words = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
            let words = words.into_iter().chain(PACKAGES);
            let program = Program::new("npm", words).dir(&folder);
            program.within(INSTALLED_WITHIN).must()?;
        }
        super::folder::write(&folder.join("verify.js"), SCRIPT)?;
        Ok(Some(Self(folder)))
    }

    /// Whether it accepts a bundle with a public key that is given.
    pub(crate) fn verify(&self, bundle: &Path, key: &Path) -> Result<Outcome, Trouble> {
        let (bundle, key) = (bundle.display().to_string(), key.display().to_string());
        Program::new("node", ["verify.js", &bundle, &key])
            .dir(&self.0)
            .run()
    }
}
