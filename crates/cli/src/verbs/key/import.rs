//! `liftlock key import`

use std::path::PathBuf;

use clap::Args;
use liftlock_verbs::{Done, Failure};

use super::{Place, document};
use crate::context::Context;
use crate::keys::{PassphraseArguments, key_name, passphrase, private_file};

/// Take over a key that cosign made
///
/// The file is one of `cosign generate-key-pair` or `cosign import-key-pair`, and stays as it is.
/// The copy is encrypted anew, with the same passphrase.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock key import production cosign.key --passphrase-file passphrase.txt"
)]
pub(crate) struct Arguments {
    /// What the key is called here
    #[arg(value_parser = key_name)]
    name: String,
    /// Cosign's private key
    key: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let (name, folder) = (&arguments.name, arguments.place.folder(context)?);
    folder.expect_free(name)?;
    let passphrase = passphrase(&arguments.passphrase)?;
    let key = private_file(&arguments.key, &passphrase)?;
    if !arguments.dry_run {
        folder.add(name, &key, &passphrase)?;
    }
    let (private, public) = (folder.private_path(name), folder.public_path(name));
    let text = format!(
        "{} {} and {}\nfingerprint {}",
        if arguments.dry_run {
            "would write"
        } else {
            "wrote"
        },
        private.display(),
        public.display(),
        key.public().fingerprint()
    );
    Ok(Done::new(text, document(name, key.public(), &folder)))
}
