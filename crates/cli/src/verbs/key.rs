//! `liftlock key ...`

mod generate;
mod import;
mod rotate;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use liftlock_attest::PublicKey;
use liftlock_verbs::{Done, Failure};
use serde_json::{Value, json};

use crate::context::Context;
use crate::keys::KeyFolder;

/// Make and keep the keys that attestations are signed with
///
/// A key is two files in the folder `keys` beside the state: NAME.key, encrypted with a passphrase,
/// and NAME.pub. They are cosign's: what one of the two tools made, the other reads.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  liftlock key generate production --passphrase-file passphrase.txt
  liftlock key show production
  liftlock key import production cosign.key")]
pub(crate) enum Verb {
    Generate(generate::Arguments),
    Show(show::Arguments),
    Import(import::Arguments),
    Rotate(rotate::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Generate(_) => "key generate",
            Self::Show(_) => "key show",
            Self::Import(_) => "key import",
            Self::Rotate(_) => "key rotate",
        }
    }
}

pub(crate) async fn run(verb: &Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Generate(arguments) => generate::run(arguments, context),
        Verb::Show(arguments) => show::run(arguments, context).await,
        Verb::Import(arguments) => import::run(arguments, context),
        Verb::Rotate(arguments) => rotate::run(arguments, context).await,
    }
}

/// Where keys are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The folder with the keys [default: keys, beside the state]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Place {
    fn folder(&self, context: &Context) -> Result<KeyFolder, Failure> {
        if let (None, Some(server)) = (&self.out, context.server()?) {
            let message = format!("what {server} signs with is made and replaced where it runs");
            return Err(Failure::usage(message)
                .hint("run this there, on its state; `--out FOLDER` is for keys of your own"));
        }
        KeyFolder::of(self.out.as_deref(), context)
    }

    /// Whether it is another folder than the state's own.
    fn is_named(&self) -> bool {
        self.out.is_some()
    }
}

/// What is said of a key, as JSON.
fn document(name: &str, key: &PublicKey, folder: &KeyFolder) -> Value {
    json!({
        "name": name,
        "fingerprint": key.fingerprint(),
        "public_key": key.to_pem(),
        "files": {
            "private": folder.private_path(name),
            "public": folder.public_path(name),
        },
    })
}
