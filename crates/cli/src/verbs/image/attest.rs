//! `liftlock image attest`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use liftlock_attest::{Bundle, Statement, Subject};
use liftlock_oci::Digest;
use liftlock_registry::attestations::{
    Attached, Attestation, Beside, Forms, Types, Wanted, attach, find,
};
use liftlock_registry::{ImageName, Named, Place};
use liftlock_verbs::{Done, Failure, now, show::time::instant};
use serde_json::{Value, json};

use super::failure::{attestations_failure, place_failure};
use super::name::image;
use super::place::Source;
use crate::context::Context;
use crate::keys::{PassphraseArguments, passphrase, private_file};

/// Largest predicate in bytes.
const PREDICATE_BYTES_MAX: u64 = 1024 * 1024;

/// Sign a statement about an image, and put it beside the image
///
/// Verifiers find it as cosign's own: as a Sigstore bundle that refers to the image, and under the
/// tag sha256-<hex>.att. The same statement again is not added twice.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  liftlock image attest registry.example.com/myapp:1.4.2 --key .liftlock/keys/ci.key \\
    --type https://in-toto.io/attestation/test-result/v0.1 --predicate result.json")]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST] of a folder; a tag is resolved now
    #[arg(value_parser = image)]
    image: ImageName,
    /// The private key, a file that Liftlock or cosign made
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    /// What kind of thing is stated
    #[arg(long = "type", value_name = "URI", value_parser = predicate_type)]
    predicate_type: String,
    /// What is stated, a JSON object
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,
    /// In which form it is written
    #[arg(long, value_name = "FORM", default_value = "both")]
    form: Form,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// How an attestation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// As a bundle that refers to the image, and under cosign's tag
    Both,
    /// As a bundle that refers to the image
    Referrer,
    /// Under cosign's tag
    Tag,
}

pub(super) fn predicate_type(text: &str) -> Result<String, String> {
    let is_uri = text.split_once(':').is_some_and(|(scheme, rest)| {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        !rest.is_empty() && !scheme.is_empty() && scheme.chars().all(is_scheme)
    });
    let is_plain = text.len() <= 500 && text.chars().all(|c| c.is_ascii_graphic());
    match is_uri && is_plain {
        true => Ok(text.to_owned()),
        false => Err("expected a URI, such as https://slsa.dev/provenance/v1".to_owned()),
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let source = Source::open(&arguments.image, &context.registries())?;
    let predicate = read(&arguments.predicate)?;
    let key = private_file(&arguments.key, &passphrase(&arguments.passphrase)?)?;
    let digest = resolve(&source).await?;
    let name = match &source.place {
        Place::Repository { repository, .. } => repository.to_string(),
        _ => String::new(),
    };
    let statement = Statement {
        subjects: vec![Subject::image(name, digest)],
        predicate_type: arguments.predicate_type,
        predicate,
    };
    let attestation = Attestation {
        bundle: Bundle::sign(&statement, &key),
        predicate_type: statement.predicate_type.clone(),
        created: instant(now()),
    };
    let fingerprint = key.public().fingerprint();
    let mut json = json!({
        "image": source.to_string(),
        "digest": digest,
        "type": statement.predicate_type,
        "key": fingerprint,
    });
    let what = format!(
        "{} about {digest}, signed by {fingerprint}",
        statement.predicate_type
    );
    if arguments.dry_run {
        json["dry_run"] = json!(true);
        return Ok(Done::new(format!("would attach {what}"), json));
    }
    let forms = missing(&source.place, digest, &attestation, arguments.form).await?;
    let Some(forms) = forms else {
        json["attached"] = json!(false);
        return Ok(Done::new(format!("there already: {what}"), json));
    };
    let attached = attach(&source.place, digest, &[attestation], forms).await;
    let attached = attached.map_err(attestations_failure)?;
    json["attached"] = json!(true);
    json["referrers"] = json!(attached.referrers);
    json["tag"] = json!(attached.tag);
    Ok(Done::new(
        format!("attached {what}\n{}", places(&attached, digest)),
        json,
    ))
}

/// The digest of what was named.
pub(in crate::verbs) async fn resolve(source: &Source) -> Result<Digest, Failure> {
    if let Named::Digest(digest) = source.image {
        return Ok(digest);
    }
    let found = source.place.manifest_digest(source.image.name()).await;
    found
        .map_err(place_failure)?
        .ok_or_else(|| Failure::failed("not-found", format!("{source} is not there")))
}

/// The forms in which it is not there yet; `None` where it is there in all that are wanted. The
/// same statement signed anew has a later time in its manifest, and would be a second referrer.
async fn missing(
    place: &Place,
    digest: Digest,
    attestation: &Attestation,
    form: Form,
) -> Result<Option<Forms>, Failure> {
    let types = [attestation.predicate_type.as_str()];
    let wanted = Wanted {
        types: Types::Only(&types),
        signatures: false,
    };
    let found = find(place, digest, &wanted)
        .await
        .map_err(attestations_failure)?;
    let bundle = Digest::of(&attestation.bundle.to_bytes());
    let envelope = Digest::of(&attestation.bundle.envelope().to_bytes());
    let mut found = found.iter();
    let referrer = form != Form::Tag && !found.clone().any(|found| found.digest() == bundle);
    let tag = form != Form::Referrer
        && !found.any(|f| f.beside() == Beside::AttestationTag && f.digest() == envelope);
    Ok(match (referrer, tag) {
        (true, true) => Some(Forms::Both),
        (true, false) => Some(Forms::Referrer),
        (false, true) => Some(Forms::Tag),
        (false, false) => None,
    })
}

fn places(attached: &Attached, digest: Digest) -> String {
    let referrers = attached.referrers.iter();
    let referrers = referrers.map(|referrer| format!("  as the referrer {referrer}"));
    let tag = attached
        .tag
        .iter()
        .map(|_| format!("  under sha256-{}.att", digest.hex()));
    referrers.chain(tag).collect::<Vec<_>>().join("\n")
}

fn read(path: &Path) -> Result<Value, Failure> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let limit = PREDICATE_BYTES_MAX + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| Failure::failed("file", format!("{shown} cannot be read: {error}")))?;
    if bytes.len() as u64 > PREDICATE_BYTES_MAX {
        let message = format!("{shown} is larger than {PREDICATE_BYTES_MAX} bytes");
        return Err(Failure::usage(message));
    }
    match serde_json::from_slice(&bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Failure::usage(format!("{shown} is not a JSON object"))),
        Err(error) => Err(Failure::usage(format!("{shown} is not JSON: {error}"))),
    }
}
