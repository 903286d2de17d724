//! `liftlock image attestations`

use std::path::PathBuf;

use clap::Args;
use liftlock_attest::{Fingerprint, PublicKey, WhyNot};
use liftlock_oci::Digest;
use liftlock_registry::ImageName;
use liftlock_registry::attestations::{Beside, Found, Types, Wanted, find};
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::{Value, json};

use super::attest::{predicate_type, resolve};
use super::failure::attestations_failure;
use super::name::image;
use super::place::Source;
use crate::context::Context;
use crate::keys::public_file;

/// List the attestations and signatures beside an image, and check them
///
/// With --key each is checked: its signature, that it is about this image, and that it states what
/// it is listed as. Ends with 0 where one at least is good, and with 5 where none is. Without a key
/// nothing is checked, and what is listed is no more than a claim.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock image attestations registry.example.com/myapp:1.4.2
  liftlock image attestations oci:myapp.tar --key cosign.pub --type https://slsa.dev/provenance/v1")]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST]; a tag is resolved now
    #[arg(value_parser = image)]
    image: ImageName,
    /// A public key; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Only what states this
    #[arg(long = "type", value_name = "URI", value_parser = predicate_type)]
    predicate_type: Option<String>,
}

/// One of them, and what came of checking it.
struct Checked {
    found: Found,
    states: String,
    /// The key that signed it, and what was signed; why not; or nothing, without a key.
    outcome: Option<Result<(Fingerprint, Vec<u8>), WhyNot>>,
}

/// What a signature of an image is listed as.
const SIGNATURE: &str = "signature of the image";

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let source = Source::open(&arguments.image, &context.registries())?;
    let keys = arguments.key.iter().map(|path| public_file(path));
    let keys = keys.collect::<Result<Vec<PublicKey>, _>>()?;
    let keys: Vec<&PublicKey> = keys.iter().collect();
    let digest = resolve(&source).await?;
    let only: Vec<&str> = arguments.predicate_type.as_deref().into_iter().collect();
    let wanted = Wanted {
        types: if only.is_empty() {
            Types::All
        } else {
            Types::Only(&only)
        },
        signatures: only.is_empty(),
    };
    let found = find(&source.place, digest, &wanted)
        .await
        .map_err(attestations_failure)?;
    let wanted = arguments.predicate_type.as_deref();
    let checked = found
        .into_iter()
        .map(|found| check(found, wanted, &keys, &digest));
    let mut checked: Vec<Checked> = checked.collect();
    checked.sort_by_cached_key(|checked| (checked.states.clone(), form(checked), outcome(checked)));
    let good = checked
        .iter()
        .filter(|c| matches!(c.outcome, Some(Ok(_))))
        .count();
    let head = match (checked.len(), keys.is_empty()) {
        (0, _) => format!("nothing is attested beside {digest}"),
        (all, true) => format!("{all} beside {digest}, not checked: no key was given"),
        (all, false) => format!("{good} of {all} beside {digest} are signed with a key given"),
    };
    let lines = checked.iter().map(line);
    let text = std::iter::once(head)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n");
    let json = json!({
        "image": source.to_string(),
        "digest": digest,
        "attestations": checked.iter().map(document).collect::<Vec<_>>(),
    });
    let exit = match keys.is_empty() || good > 0 {
        true => Exit::Done,
        false => Exit::Mismatch,
    };
    Ok(Done::new(text, json).exit(exit))
}

fn check(found: Found, wanted: Option<&str>, keys: &[&PublicKey], subject: &Digest) -> Checked {
    let states = match (wanted, found.named_type()) {
        (Some(wanted), _) => wanted.to_owned(),
        (None, Some(named)) => named.to_owned(),
        (None, None) => SIGNATURE.to_owned(),
    };
    let verified = || match states.as_str() {
        SIGNATURE => found
            .verify_signature(keys, subject)
            .map(|signed| (signed.key(), signed.payload().to_vec())),
        states => found
            .verify(keys, subject, states)
            .map(|verified| (verified.key(), verified.payload().to_vec())),
    };
    Checked {
        outcome: (!keys.is_empty()).then(verified),
        states,
        found,
    }
}

fn line(checked: &Checked) -> String {
    let place = match checked.found.beside() {
        Beside::Referrer(digest) => format!("referrer {digest}"),
        Beside::AttestationTag | Beside::SignatureTag => form(checked).to_owned(),
    };
    format!("  {} ({place}){}", checked.states, outcome(checked))
}

fn outcome(checked: &Checked) -> String {
    match &checked.outcome {
        None => String::new(),
        Some(Ok((key, _))) => format!(": good, signed by {}", key.short()),
        Some(Err(why)) => format!(": {why}"),
    }
}

fn form(checked: &Checked) -> &'static str {
    match checked.found.beside() {
        Beside::Referrer(_) => "referrer",
        Beside::AttestationTag => ".att",
        Beside::SignatureTag => ".sig",
    }
}

fn document(checked: &Checked) -> Value {
    let (key, statement, why_not) = match &checked.outcome {
        Some(Ok((key, payload))) => (
            Some(key),
            serde_json::from_slice::<Value>(payload).ok(),
            None,
        ),
        Some(Err(why)) => (None, None, Some(why.to_string())),
        None => (None, None, None),
    };
    let referrer = match checked.found.beside() {
        Beside::Referrer(digest) => Some(digest),
        Beside::AttestationTag | Beside::SignatureTag => None,
    };
    json!({
        "states": checked.states,
        "beside": form(checked),
        "referrer": referrer,
        "media_type": checked.found.media_type(),
        "digest": checked.found.digest(),
        "signed_by": key,
        "signed": statement,
        "why_not": why_not,
    })
}
