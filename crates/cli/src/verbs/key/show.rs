//! `liftlock key show`

use clap::Args;
use liftlock_attest::PublicKey;
use liftlock_verbs::{Done, Failure, adopted};
use serde_json::json;

use super::{Place, document};
use crate::context::{Context, load_policy};
use crate::keys::key_name;
use crate::remote::{self, RemoteLedger, Server, fold};

/// Show a key's public half and its fingerprint
///
/// With a server it is the one that the policy in force names, as the ledger says. The
/// fingerprint is the SHA-256 of the public key's DER (SubjectPublicKeyInfo).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock key show production")]
pub(crate) struct Arguments {
    /// The key's name
    #[arg(value_parser = key_name)]
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    if let Some(server) = context.server()?
        && !arguments.place.is_named()
    {
        return of_server(&arguments.name, &server, context).await;
    }
    let (name, folder) = (&arguments.name, arguments.place.folder(context)?);
    let key = folder.public(name)?;
    let text = format!("{}fingerprint {}", key.to_pem(), key.fingerprint());
    Ok(Done::new(text, document(name, &key, &folder)))
}

/// The key of that name in the policy in force, read from the server's ledger.
async fn of_server(name: &str, server: &Server, context: &Context) -> Result<Done, Failure> {
    let policy = load_policy(context)?;
    let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
    let ledger = RemoteLedger::unchecked(server).await?;
    let state = fold(&pipeline, &ledger.entries_of(&pipeline).await?)?;
    let keys = &adopted(&state)?.keys;
    let found = keys.iter().find(|(known, _)| known.as_str() == name);
    let Some((_, key)) = found else {
        let known: Vec<_> = keys.keys().map(liftlock_core::KeyName::as_str).collect();
        let message = format!("the policy of {pipeline} names no key {name}");
        return Err(match known.as_slice() {
            [] => Failure::usage(message),
            known => Failure::usage(message).hint(format!("it has {}", known.join(", "))),
        });
    };
    let key = PublicKey::from_der(key.as_der())
        .map_err(|error| Failure::failed("key", format!("{name}: {error}")))?;
    let text = format!("{}fingerprint {}", key.to_pem(), key.fingerprint());
    let json = json!({
        "name": name,
        "fingerprint": key.fingerprint(),
        "public_key": key.to_pem(),
    });
    Ok(Done::new(text, json))
}
