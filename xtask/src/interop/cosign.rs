//! Cosign: signatures and what else is said about images.

use std::path::PathBuf;

use super::report::Report;
use super::world::World;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::go;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;
use crate::peers::versions;

/// A key, and the program that signs with it. Nothing goes to a public log.
pub(super) struct Cosign {
    program: PathBuf,
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// Where a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Under the tag `sha256-<hex>.sig`.
    Tag,
    /// A manifest with the image as its subject.
    Referrer,
}

impl Cosign {
    /// With a new key.
    pub(super) fn new(world: &World, report: &mut Report<'_>) -> Result<Self, Trouble> {
        let program = go::get(versions::COSIGN, &mut |text| report.note(text))?;
        let folder = world.folder.sub("cosign")?;
        let mut variables = variables(&world.folder)?;
        let more = [
            // The key is for this run.
            ("COSIGN_PASSWORD", ""),
            // It would look for news about the public log, which nothing here is in.
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        write(&folder.join("predicate.json"), r#"{"tested":true}"#)?;
        let cosign = Self {
            program,
            folder,
            variables,
        };
        cosign.program("generate-key-pair", &[]).must()?;
        Ok(cosign)
    }

    /// Signs an image and, where it is an index, every image in it.
    pub(super) fn sign(&self, pinned: &str, by: By) -> Result<(), Trouble> {
        let words = "sign --yes --recursive --key cosign.key --tlog-upload=false";
        let program = match by {
            By::Tag => self.program(words, &[pinned]),
            By::Referrer => {
                let mode = "--registry-referrers-mode=oci-1-1";
                self.program(words, &[mode, pinned])
                    .env("COSIGN_EXPERIMENTAL", "1")
            }
        };
        program.must().map(drop)
    }

    /// Adds an attestation and a list of parts, each under a tag of its own.
    pub(super) fn attest(&self, pinned: &str) -> Result<(), Trouble> {
        let words = "attest --yes --key cosign.key --tlog-upload=false --type custom \
            --predicate predicate.json";
        self.program(words, &[pinned]).must()?;
        let words = "attach sbom --sbom predicate.json";
        self.program(words, &[pinned]).must().map(drop)
    }

    /// Whether the image is signed with the key.
    pub(super) fn verify(&self, image: &str, by: By) -> Result<Outcome, Trouble> {
        let words = "verify --key cosign.pub --insecure-ignore-tlog=true";
        match by {
            By::Tag => self.program(words, &[image]).run(),
            By::Referrer => {
                let program = self.program(words, &["--experimental-oci11=true", image]);
                program.env("COSIGN_EXPERIMENTAL", "1").run()
            }
        }
    }

    /// Whether the image has an attestation that is signed with the key.
    pub(super) fn verify_attestation(&self, image: &str) -> Result<Outcome, Trouble> {
        let words = "verify-attestation --key cosign.pub --insecure-ignore-tlog=true --type custom";
        self.program(words, &[image]).run()
    }

    fn program(&self, words: &str, more: &[&str]) -> Program {
        let words = words.split_whitespace().chain(more.iter().copied());
        Program::new(&self.program, words)
            .dir(&self.folder)
            .environment(&self.variables)
    }
}
