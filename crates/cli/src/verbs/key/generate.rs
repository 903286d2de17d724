//! `liftlock key generate`

use clap::Args;
use liftlock_verbs::{Done, Failure};

use super::{Place, document};
use crate::context::Context;
use crate::keys::{PassphraseArguments, key_name, new_key, passphrase};

/// Make a new key
///
/// One for each environment: who verifies looks at the key and at what is stated, and at nothing
/// else.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock key generate production --passphrase-file passphrase.txt
  LIFTLOCK_KEY_PASSPHRASE=... liftlock key generate production --out /etc/liftlock/keys")]
pub(crate) struct Arguments {
    /// The key's name; that of its environment, say
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
    folder.expect_free(name)?;
    let passphrase = passphrase(&arguments.passphrase)?;
    let (private, public) = (folder.private_path(name), folder.public_path(name));
    let (private, public) = (private.display(), public.display());
    if arguments.dry_run {
        let text = format!("would write {private} and {public}");
        return Ok(Done::new(
            text,
            serde_json::json!({ "name": name, "dry_run": true }),
        ));
    }
    if passphrase.is_empty() {
        context
            .ui
            .warn("the passphrase is empty: whoever can read the file can sign");
    }
    let key = new_key()?;
    folder.add(name, &key, &passphrase)?;
    let fingerprint = key.public().fingerprint();
    let text = format!("wrote {private} and {public}\nfingerprint {fingerprint}");
    Ok(Done::new(text, document(name, key.public(), &folder)))
}
