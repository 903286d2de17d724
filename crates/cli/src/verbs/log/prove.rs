//! `liftlock log prove`

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use liftlock_core::{EnvironmentName, PipelineName, PromotionId, ReleaseName};
use liftlock_ledger::{ProofFile, VerifierKey};
use liftlock_store::{DatabaseStore, ProveError};
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use super::find::{self, Finding, Sought};
use crate::context::{Context, load_policy, own_key};
use crate::remote::{self, Own, Proving, RemoteLedger, Server};

/// Write what proves that an entry is in the log, for someone without the state (C2SP tlog-proof)
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("entry").required(true).args(["seq", "promotion", "release"]),
    after_help = "Examples:\n  liftlock log prove --release 1.4.2 --to production --out \
1.4.2.tlog-proof\n  liftlock log prove --promotion p3\n  liftlock log prove 41\n\nOf a promotion it \
proves the entry in which it was committed, with its digests and verdicts;\nwith --end that in \
which it ended. Whoever gets the file checks it with `liftlock log verify-proof`."
)]
pub(crate) struct Arguments {
    /// The entry's place in the log, from 0
    #[arg(value_name = "SEQ")]
    seq: Option<u64>,
    /// The promotion
    #[arg(long, value_name = "ID")]
    promotion: Option<PromotionId>,
    /// The release: its last promotion to an environment
    #[arg(long, value_name = "RELEASE", requires = "to")]
    release: Option<ReleaseName>,
    /// The environment
    #[arg(long, value_name = "ENV", requires = "release")]
    to: Option<EnvironmentName>,
    /// The promotion's end, not its beginning
    #[arg(long, conflicts_with = "seq")]
    end: bool,
    /// The file; standard output where it is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let (seq, file, key) = match context.server()? {
        Some(server) => of_server(arguments, &server, context).await?,
        None => {
            let (store, _) = context.open_store(Access::Read).await?;
            let key = own_key(&store)?.ok_or_else(super::no_key)?;
            let seq = place(arguments, context, &store).await?;
            let file = store.prove(seq, &key).await.map_err(prove_failure)?;
            (seq, file, key.verifier().clone())
        }
    };
    let (proof, size) = (file.to_string(), file.checkpoint().checkpoint().size());
    let mut json = json!({
        "seq": seq,
        "size": size,
        "key": key.to_string(),
        "proof": proof,
    });
    let Some(out) = &arguments.out else {
        return Ok(Done::new(proof, json));
    };
    std::fs::write(out, &proof).map_err(|error| {
        Failure::failed(
            "file",
            format!("{} cannot be written: {error}", out.display()),
        )
    })?;
    json["file"] = json!(out.display().to_string());
    let text = format!(
        "wrote the proof of entry {seq} of {size} to {}",
        out.display()
    );
    Ok(Done::new(text, json))
}

/// Why there is no proof.
pub(crate) fn prove_failure(error: ProveError) -> Failure {
    match error {
        ProveError::Entry { .. } => Failure::usage(error.to_string()),
        ProveError::Changed { .. } | ProveError::Later { .. } | ProveError::Fork { .. } => {
            super::trust::mismatch(error.to_string())
        }
        ProveError::Store(error) => error.into(),
        error @ ProveError::Checkpoint(_) => Failure::failed("checkpoint", error.to_string()),
    }
}

/// The proof is made here, out of hashes that anyone whom the server knows may read.
async fn of_server(
    arguments: &Arguments,
    server: &Server,
    context: &Context,
) -> Result<(u64, ProofFile, VerifierKey), Failure> {
    let ledger = RemoteLedger::unchecked(server).await?;
    let policy = load_policy(context)?;
    let own = match arguments.seq {
        Some(seq) => match ledger.entry(seq).await {
            Err(failure) if failure.code == "not-allowed" => {
                let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
                let own = ledger.entries_of(&pipeline).await?;
                own.into_iter().find(|own| own.seq == seq).ok_or(failure)?
            }
            entry => entry?,
        },
        None => {
            let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
            let own = ledger.entries_of(&pipeline).await?;
            let sought = sought(arguments, pipeline);
            let mut finding = Finding::of(&sought);
            for Own { seq, bytes } in &own {
                finding.take(*seq, bytes)?;
            }
            let seq = finding.finish()?;
            let found = own.into_iter().find(|own| own.seq == seq);
            found.ok_or_else(|| Failure::failed("entry", "the entry is gone"))?
        }
    };
    let file = Proving::of(&ledger).entry(&own).await?;
    Ok((own.seq, file, ledger.key))
}

fn sought(arguments: &Arguments, pipeline: PipelineName) -> Sought {
    Sought {
        pipeline,
        promotion: arguments.promotion,
        release: arguments.release.clone().zip(arguments.to.clone()),
        end: arguments.end,
    }
}

async fn place(
    arguments: &Arguments,
    context: &Context,
    store: &DatabaseStore,
) -> Result<u64, Failure> {
    if let Some(seq) = arguments.seq {
        return Ok(seq);
    }
    let sought = sought(arguments, context.pipeline(store).await?);
    find::entry(store, &sought).await
}
