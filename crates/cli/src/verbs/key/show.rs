//! `liftlock key show`

use clap::Args;
use liftlock_verbs::{Done, Failure};

use super::{Place, document};
use crate::context::Context;
use crate::keys::key_name;

/// Show a key's public half and its fingerprint
///
/// The fingerprint is the SHA-256 of the public key's DER (SubjectPublicKeyInfo).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock key show production")]
pub(crate) struct Arguments {
    /// The key's name
    #[arg(value_parser = key_name)]
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let (name, folder) = (&arguments.name, arguments.place.folder(context)?);
    let key = folder.public(name)?;
    let text = format!("{}fingerprint {}", key.to_pem(), key.fingerprint());
    Ok(Done::new(text, document(name, &key, &folder)))
}
