//! Programs that verify and write attestations, and the one key that all of them use.

use std::path::{Path, PathBuf};

use super::report::Report;
use super::world::World;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::go;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;
use crate::peers::versions;

/// What is stated: a type of the user's own.
pub(super) const TYPE: &str = "https://example.com/tested/v1";

/// A version of cosign, as it is asked without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cosign {
    /// Version 2 as it is: it reads cosign's tag, unless something refers to the image.
    Two,
    /// Version 2 told to read bundles, with a root of trust that names nobody.
    TwoWithBundles,
    /// Version 3 as it is.
    Three,
}

impl Cosign {
    pub(super) const ALL: [Self; 3] = [Self::Two, Self::TwoWithBundles, Self::Three];

    /// What the documentation calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Two => "cosign 2",
            Self::TwoWithBundles => "cosign 2 with bundles",
            Self::Three => "cosign 3",
        }
    }
}

/// The folder with the key, and the programs.
pub(super) struct Bench<'a> {
    world: &'a World,
    pub(super) folder: PathBuf,
    two: PathBuf,
    three: PathBuf,
    variables: Vec<(String, String)>,
}

impl<'a> Bench<'a> {
    /// In a folder of its own, with keys `ours`, which the product made, and `theirs`, which cosign made and the product
    /// took over; both have the same passphrase.
    pub(super) fn new(
        world: &'a World,
        folder: &str,
        report: &mut Report<'_>,
    ) -> Result<Self, Trouble> {
        let two = go::get(versions::COSIGN, &mut |text| report.note(text))?;
        let three = go::get(versions::COSIGN_3, &mut |text| report.note(text))?;
        let folder = world.folder.sub(folder)?;
        let mut variables = variables(&world.folder)?;
        let more = [
            ("COSIGN_PASSWORD", "correct horse"),
            // It would look for news about the public log, which nothing here is in.
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        write(&folder.join("predicate.json"), r#"{"tested":true}"#)?;
        let bench = Self {
            world,
            folder,
            two,
            three,
            variables,
        };
        bench
            .liftlock(&["key", "generate", "ours", "--out", "."])?
            .must()?;
        bench
            .run_cosign(Cosign::Two, "generate-key-pair", &[])
            .must()?;
        let import = ["key", "import", "theirs", "cosign.key", "--out", "."];
        bench.liftlock(&import)?.must()?;
        bench
            .run_cosign(Cosign::Two, "trusted-root create --out root.json", &[])
            .must()?;
        Ok(bench)
    }

    /// The product, in the folder with the keys.
    pub(super) fn liftlock(&self, words: &[&str]) -> Result<Program, Trouble> {
        let program = self.world.liftlock(words)?;
        Ok(program
            .dir(&self.folder)
            .env("COSIGN_PASSWORD", "correct horse"))
    }

    /// Has the product state something about an image.
    pub(super) fn attest(
        &self,
        image: &str,
        key: &str,
        form: &str,
        (kind, predicate): (&str, &str),
    ) -> Result<(), Trouble> {
        let key = format!("{key}.key");
        let words = [
            "image", "attest", image, "--key", &key, "--form", form, "--type", kind,
        ];
        let words = [&words[..], &["--predicate", predicate]].concat();
        self.liftlock(&words)?.must().map(drop)
    }

    /// What the product finds beside an image, checked with a key.
    pub(super) fn found(&self, image: &str, key: &str) -> Result<Outcome, Trouble> {
        let key = format!("{key}.pub");
        let words = ["image", "attestations", image, "--key", &key, "--json"];
        self.liftlock(&words)?.run()
    }

    /// Has cosign sign an image and state something about it.
    pub(super) fn cosign_writes(
        &self,
        cosign: Cosign,
        pinned: &str,
        key: &str,
    ) -> Result<(), Trouble> {
        let key = format!("{key}.key");
        let offline = match cosign {
            Cosign::Three => "--tlog-upload=false --use-signing-config=false",
            Cosign::Two | Cosign::TwoWithBundles => "--tlog-upload=false",
        };
        let sign = format!("sign --yes {offline} --key");
        self.run_cosign(cosign, &sign, &[&key, pinned]).must()?;
        let attest =
            format!("attest --yes {offline} --type {TYPE} --predicate predicate.json --key");
        self.run_cosign(cosign, &attest, &[&key, pinned])
            .must()
            .map(drop)
    }

    /// Whether cosign accepts what is stated about an image.
    pub(super) fn cosign_verifies(
        &self,
        cosign: Cosign,
        image: &str,
        key: &str,
        kind: &str,
    ) -> Result<Outcome, Trouble> {
        let key = format!("{key}.pub");
        let words = "verify-attestation --insecure-ignore-tlog=true --key";
        self.run_cosign(cosign, words, &[&key, "--type", kind, image])
            .run()
    }

    /// Whether cosign 3 accepts the signature of an image under cosign's tag. Version 2 looks at
    /// bundles alone as soon as there are any.
    pub(super) fn cosign_verifies_image(&self, image: &str, key: &str) -> Result<Outcome, Trouble> {
        let key = format!("{key}.pub");
        let words = "verify --new-bundle-format=false --insecure-ignore-tlog=true --key";
        self.run_cosign(Cosign::Three, words, &[&key, image]).run()
    }

    fn run_cosign(&self, cosign: Cosign, words: &str, more: &[&str]) -> Program {
        let bundles: &[&str] = match cosign {
            Cosign::TwoWithBundles => &["--new-bundle-format", "--trusted-root", "root.json"],
            Cosign::Two | Cosign::Three => &[],
        };
        let program: &Path = match cosign {
            Cosign::Three => &self.three,
            Cosign::Two | Cosign::TwoWithBundles => &self.two,
        };
        let words = words.split_whitespace().chain(more.iter().copied());
        Program::new(program, words.chain(bundles.iter().copied()))
            .dir(&self.folder)
            .environment(&self.variables)
    }
}
