//! One run: for each database the state is copied, served, asked and counted.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::{interval, timeout};

use crate::child::Running;
use crate::clients::{self, Answered};
use crate::cold;
use crate::database::Database;
use crate::flat;
use crate::identities::Identities;
use crate::machine::Machine;
use crate::made;
use crate::options::{Kind, Options};
use crate::place::Plan;
use crate::recorded;
use crate::report::{Load, Measured};
use crate::server::{Served, registry};
use crate::trouble::Trouble;
use crate::usage;

/// How often the server's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long the ledger is waited for to have what the worker recorded before the server ended.
const END_WITHIN: Duration = Duration::from_secs(120);

/// Plays what is asked for. Whether all that was answered was recorded.
///
/// # Errors
/// Where something could not be measured.
pub(crate) async fn run(options: &Options) -> Result<bool, Trouble> {
    let machine = Machine::describe();
    let plan = Plan::of(options)?;
    for kind in options.databases() {
        made::ensure(kind, &plan).await?;
    }
    if options.prepare {
        return Ok(true);
    }
    if !options.json {
        println!("{}", machine.text());
    }
    let mut documents = Vec::new();
    let mut whole = true;
    for kind in options.databases() {
        let run = options.folder().join(format!("run-{}", kind.folder()));
        let measured = measure(kind, options, &plan, &run).await?;
        whole &= measured.is_whole();
        match options.json {
            true => documents.push(measured.document()),
            false => println!("{}", measured.text()),
        }
        if !options.keep {
            made::remove(&run)?;
        }
    }
    if options.json {
        let document = json!({ "v": 1, "machine": machine.document(), "clients": options.clients,
            "databases": documents });
        println!("{document:#}");
    }
    Ok(whole)
}

async fn measure(
    kind: Kind,
    options: &Options,
    plan: &Plan,
    run: &Path,
) -> Result<Measured, Trouble> {
    eprintln!("playing {}", kind.name());
    made::make_folder(&options.folder())?;
    made::copy(kind, plan, run)?;
    let registry = registry(options, plan, run).await?;
    let database = Database::start(kind, run)?;
    let store = database.open().await?;
    let identities = Identities::make(&store).await?;
    let before = store.ledger_head().await?.size;
    let bytes_before = database.bytes()?;
    let served = Served::start(options, &database, run).await?;
    eprintln!("  ready");
    let cold = cold::touch(&served, plan, &identities).await?;
    eprintln!("  every board was looked at");
    let flat = flat::ask(&served.url, plan, &identities).await?;
    eprintln!("  histories were looked at");
    let from = store.ledger_head().await?.size;
    let (answered, load) =
        under_load(options, plan, (&served, &database, &registry), &identities).await?;
    eprintln!("  {} clients were answered", options.clients);
    let ended = timeout(END_WITHIN, served.end()).await;
    ended.map_err(|_| Trouble::answer("the server", "it does not end"))??;
    let recorded = recorded::count(&store, from).await?;
    let after = store.ledger_head().await?.size;
    let bytes_after = database.bytes()?;
    store.close().await;
    let verified = match options.no_verify {
        true => None,
        false => Some(recorded::verify(&options.program, &database, run)?),
    };
    registry.end().await?;
    database.end()?;
    Ok(Measured {
        kind,
        entries: (before, after),
        bytes: (bytes_before, bytes_after),
        cold,
        flat,
        answered,
        load,
        recorded,
        verified,
    })
}

async fn under_load(
    options: &Options,
    plan: &Plan,
    (served, database, registry): (&Served, &Database, &Running),
    identities: &Identities,
) -> Result<(Answered, Load), Trouble> {
    let processors = || {
        let database = database.process();
        [
            served.used().processor_s,
            database.map_or(0.0, usage::processor_with_children_s),
            usage::processor_s(std::process::id()),
            usage::processor_s(registry.process()),
        ]
    };
    let before = processors();
    let many = (options.clients, Duration::from_secs(options.seconds));
    let asking = clients::ask(&served.url, plan, identities, many);
    let mut asking = std::pin::pin!(asking);
    let mut looks = interval(LOOK_EVERY);
    let (mut memory, mut count, mut most) = (0, 0, 0);
    let answered = loop {
        tokio::select! {
            answered = &mut asking => break answered?,
            _ = looks.tick() => {
                let now = served.used().memory_kib;
                memory += now;
                count += 1;
                most = most.max(now);
            }
        }
    };
    let after = processors();
    let [server_s, database_s, clients_s, registry_s] =
        std::array::from_fn(|nth| after[nth] - before[nth]);
    let load = Load {
        server_s,
        database_s,
        clients_s,
        registry_s,
        memory_mean_kib: memory / count.max(1),
        memory_max_kib: most,
    };
    Ok((answered, load))
}
