//! `liftlock key rotate`

use std::sync::Arc;

use clap::Args;
use liftlock_attest::PublicKey;
use liftlock_attestor::Attestor;
use liftlock_core::attestation::{Details, Live};
use liftlock_core::{KeyName, State};
use liftlock_engine::ports::Attestations;
use liftlock_verbs::{Done, Failure, show::count};
use serde_json::{Value, json};

use super::{Place, document};
use crate::context::Context;
use crate::keys::{PassphraseArguments, Rotation, key_name, passphrase};

/// Replace a key with a new one, sign what is live again with it, and keep the public half of the
/// old one
///
/// What is current and verified in the environments that sign with the key is stated again, as it
/// was when it came in, and put beside its images; what the old key signed stays there, and stays
/// verifiable with the public key that is kept. The old private key is gone then. Run again after
/// an interruption, it goes on with the same new key.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock key rotate production --passphrase-file passphrase.txt\n\n\
Name the new public key in the pipeline file (`liftlock policy apply`), beside the old one for as \
long as what that signed is to count."
)]
pub(crate) struct Arguments {
    /// The key's name
    #[arg(value_parser = key_name)]
    name: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    /// Sign nothing again: verifiers that have the new key alone will not accept what is live
    #[arg(long)]
    no_sign: bool,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let (name, folder) = (&arguments.name, arguments.place.folder(context)?);
    let passphrase = passphrase(&arguments.passphrase)?;
    let begun = Rotation::begun(&folder, name, &passphrase)?;
    let before = folder.public(name)?;
    let live = match arguments.no_sign {
        true => Vec::new(),
        false => what_is_live(arguments, &before, context).await?,
    };
    if arguments.dry_run {
        return Ok(would(name, &before, begun.as_ref(), &live));
    }
    let rotation = Arc::new(Rotation::begin(&folder, name, &passphrase)?);
    let signed = sign(&rotation, &live, context).await.map_err(|failure| {
        failure.hint("nothing was replaced; run the same again, or leave this out with --no-sign")
    })?;
    let kept = rotation.finish()?;
    let mut lines = vec![
        format!("replaced {}", folder.private_path(name).display()),
        format!("fingerprint {}", rotation.after.fingerprint()),
        format!(
            "before      {}, kept as {}",
            rotation.before.fingerprint(),
            kept.display()
        ),
    ];
    if rotation.resumed {
        lines.push("went on with the key of a rotation that was interrupted".to_owned());
    }
    lines.extend(signed);
    let mut json = document(name, &rotation.after, &folder);
    json["before"] = json!(rotation.before.fingerprint());
    json["kept"] = json!(kept);
    json["resumed"] = json!(rotation.resumed);
    json["live"] = live.iter().map(as_json).collect();
    Ok(Done::new(lines.join("\n"), json))
}

fn would(name: &str, before: &PublicKey, begun: Option<&Rotation>, live: &[Live]) -> Done {
    let old = before.fingerprint();
    let mut lines = vec![match begun {
        None => format!("would replace {old}, and keep its public half"),
        Some(begun) => format!(
            "would go on to replace {old} with {}, which an interrupted rotation left",
            begun.after.fingerprint()
        ),
    }];
    lines.extend(live.iter().map(|live| told(live, "would sign")));
    let json = json!({
        "name": name,
        "before": old,
        "dry_run": true,
        "live": live.iter().map(as_json).collect::<Vec<_>>(),
    });
    Done::new(lines.join("\n"), json)
}

/// What is live in every pipeline of the state. A folder of keys that was named may be of something
/// else: there only the key that the policy knows counts.
async fn what_is_live(
    arguments: &Arguments,
    before: &PublicKey,
    context: &Context,
) -> Result<Vec<Live>, Failure> {
    let Ok(name) = arguments.name.parse::<KeyName>() else {
        return Ok(Vec::new());
    };
    let is_ours = |state: &State| {
        let policy = state.adopted.as_ref().map(|adopted| &adopted.policy);
        let known = policy.and_then(|policy| policy.keys.get(&name));
        let known = known.map(liftlock_core::policy::PublicKey::fingerprint);
        !arguments.place.is_named() || known == Some(before.fingerprint().digest())
    };
    let mut all = Vec::new();
    for engine in context.engines().await? {
        if is_ours(&*engine.state().await?) {
            all.extend(engine.live(&name).await?);
        }
    }
    Ok(all)
}

async fn sign(
    rotation: &Arc<Rotation>,
    live: &[Live],
    context: &Context,
) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    let attestor = Attestor::new(context.registries(), Arc::clone(rotation) as _);
    for live in live {
        for statement in &live.statements {
            let (name, key) = policy_key(rotation)?;
            let attached = attestor.attach(&statement.stated, &name, &key).await;
            attached.map_err(|error| Failure::failed("signing", error.to_string()))?;
        }
        lines.push(told(live, "signed again"));
    }
    Ok(lines)
}

/// The new key as policies have keys. The name only tells which file: there is one.
fn policy_key(rotation: &Rotation) -> Result<(KeyName, liftlock_core::policy::PublicKey), Failure> {
    let failed = |error: String| Failure::failed("key", error);
    let name = "rotated"
        .parse()
        .map_err(|e: liftlock_core::NameError| failed(e.to_string()))?;
    let key = rotation.after.to_pem().parse();
    let key = key.map_err(|e: liftlock_core::policy::KeyError| failed(e.to_string()))?;
    Ok((name, key))
}

fn told(live: &Live, done: &str) -> String {
    let (release, environment) = (&live.release, &live.environment);
    match &live.against {
        Some(why) => format!("{release} in {environment} is not signed again: {why}"),
        None if live.statements.is_empty() => {
            format!("{release} in {environment} was never signed")
        }
        None => {
            let statements = count(live.statements.len(), "statement");
            let as_of = as_of(live).map_or_else(String::new, |entries| {
                format!(", as of entry {entries} of the ledger")
            });
            format!("{done}: {statements} about {release} in {environment}{as_of}")
        }
    }
}

/// How many entries the ledger had when what is stated began to be signed, where that is known.
fn as_of(live: &Live) -> Option<u64> {
    let mut checkpoints =
        live.statements
            .iter()
            .filter_map(|signed| match &signed.stated.details {
                Details::Verified(verified) => verified.checkpoint.as_ref(),
                Details::Admitted(_) => None,
            });
    checkpoints.next().map(|checkpoint| checkpoint.size)
}

fn as_json(live: &Live) -> Value {
    json!({
        "environment": live.environment,
        "release": live.release,
        "statements": live.statements.len(),
        "as_of": as_of(live),
        "against": live.against,
    })
}
