//! Who is asking the server: what is configured, and the first start.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use liftlock_identity::{Identities, IdentityConfig};
use liftlock_server::{Known, Parts};
use liftlock_verbs::{Failure, now};

use crate::context::Context;

/// The most bytes of the file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Who may be known to the server.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// Who may log in and whose jobs are known, as JSON; without it there are tokens alone
    #[arg(
        id = "identity-file",
        long = "identity",
        value_name = "FILE",
        env = "LIFTLOCK_IDENTITY"
    )]
    file: Option<PathBuf>,
    /// Where people and CI reach the server [default: where it listens]
    #[arg(long, value_name = "URL", env = "LIFTLOCK_PUBLIC_URL")]
    public_url: Option<String>,
}

/// Adds who is asking to what the server is put together from. On a server without an administrator
/// it shows the setup token, on standard error alone.
pub(super) async fn add(
    parts: &mut Parts,
    arguments: &Who,
    (listen, https): (SocketAddr, bool),
    context: &Context,
) -> Result<(), Failure> {
    let config = arguments.file.as_deref().map(read).transpose()?;
    let scheme = if https { "https" } else { "http" };
    let public_url = arguments.public_url.clone();
    let public_url = public_url.unwrap_or_else(|| format!("{scheme}://{listen}"));
    let store = parts.store.clone();
    let identities = Identities::new(config.unwrap_or_default(), &public_url, store);
    let identities = identities.map_err(|error| Failure::usage(error.to_string()))?;
    let identities = Arc::new(identities);
    let setup = identities.setup_token(now()).await;
    let setup = setup.map_err(|error| Failure::failed("identity", error.to_string()))?;
    if let Some(setup) = setup {
        context.ui.note(&format!(
            "this server has no administrator yet. Within 24 hours, with LIFTLOCK_SETUP_TOKEN={}\n  \
             liftlock setup {public_url} --token NAME      makes the first administrator's token",
            setup.expose()
        ));
    }
    let known = Known::new(identities, now);
    parts.authenticate = known.authenticate;
    let others = std::mem::take(&mut parts.routes);
    parts.routes.guarded = others.guarded.merge(known.routes.guarded);
    parts.routes.open = others.open.merge(known.routes.open);
    parts.tasks.push(known.task);
    Ok(())
}

fn read(path: &Path) -> Result<IdentityConfig, Failure> {
    let name = path.display();
    let unusable =
        |why: &dyn std::fmt::Display| Failure::usage(format!("{name} cannot be used: {why}"));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unusable(&error))?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| unusable(&error))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(unusable(&"it has more than 1 MiB"));
    }
    serde_json::from_str(&text).map_err(|error| unusable(&error))
}
