//! `liftlock key rotate`

use clap::Args;
use serde_json::json;

use super::{Place, document};
use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;
use crate::keys::{PassphraseArguments, key_name, new_key, passphrase};

/// Replace a key with a new one, and keep the public half of the old one
///
/// The old private key is gone then. What it signed stays verifiable with the public key that is
/// kept; nothing is signed again.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock key rotate production --passphrase-file passphrase.txt\n\n\
Name the new public key in the pipeline file, beside the old one for as long as what that signed \
is to count."
)]
pub(crate) struct Arguments {
    /// The key's name
    #[arg(value_parser = key_name)]
    name: String,
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
    let before = folder.public(name)?;
    let passphrase = passphrase(&arguments.passphrase)?;
    // Whoever may replace a key can use it.
    folder.private(name, &passphrase)?;
    let kept = folder.kept_path(name, &before);
    let old = before.fingerprint();
    if arguments.dry_run {
        let text = format!("would replace {old}, and keep it as {}", kept.display());
        let json = json!({ "name": name, "before": old, "kept": kept, "dry_run": true });
        return Ok(Done::new(text, json));
    }
    let key = new_key()?;
    let kept = folder.replace(name, &key, &passphrase)?;
    let text = format!(
        "replaced {}\nfingerprint {}\nbefore      {old}, kept as {}",
        folder.private_path(name).display(),
        key.public().fingerprint(),
        kept.display()
    );
    let mut json = document(name, key.public(), &folder);
    json["before"] = json!(old);
    json["kept"] = json!(kept);
    Ok(Done::new(text, json))
}
