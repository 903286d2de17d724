//! `liftlock serve`

mod hooks;
mod identity;
mod signals;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use ipnet::IpNet;
use liftlock_core::PersonName;
use liftlock_server::{
    Authenticate, Claimed, Config, Nobody, Parts, ServeError, Server, TlsFiles, api,
};
use liftlock_store::make_log_key;
use liftlock_verbs::{Access, Done, Exit, Failure, Site};
use serde_json::json;

use crate::context::Context;
use crate::system::os_user;

/// Serve the state to a team: people, CI jobs and auditors, until Ctrl-C
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock serve --state /var/lib/liftlock/state.db --listen 0.0.0.0:8443 \\\n    --tls-cert cert.pem --tls-key key.pem\n\nA first SIGTERM or Ctrl-C lets requests finish; a second one ends at once."
)]
pub(crate) struct Arguments {
    /// Where to listen; other than on loopback only with TLS, or behind a proxy that has it
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        env = "LIFTLOCK_LISTEN"
    )]
    listen: SocketAddr,
    /// Serve HTTPS with this certificate, and those between it and its root; read again when it
    /// changes
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        env = "LIFTLOCK_TLS_CERT"
    )]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        env = "LIFTLOCK_TLS_KEY"
    )]
    tls_key: Option<PathBuf>,
    /// A proxy before the server has TLS, and nobody else reaches the server
    #[arg(long, env = "LIFTLOCK_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Believe the X-Forwarded-For and -Proto of this address or network; may be repeated
    #[arg(
        long = "trusted-proxy",
        value_name = "NETWORK",
        value_parser = network,
        value_delimiter = ',',
        env = "LIFTLOCK_TRUSTED_PROXIES"
    )]
    trusted_proxies: Vec<IpNet>,
    /// Only answer: leave it to other servers of the same state to carry promotions out
    #[arg(long, env = "LIFTLOCK_NO_WORKER")]
    no_worker: bool,
    /// The name of this server's worker, in the record of what it carries out
    #[arg(
        long,
        value_name = "NAME",
        default_value = "server",
        conflicts_with = "no_worker",
        env = "LIFTLOCK_WORKER_NAME"
    )]
    worker_name: PersonName,
    /// Webhooks, in and out, as docs/webhooks.md says: a file of JSON
    #[arg(long, value_name = "FILE", env = "LIFTLOCK_HOOKS")]
    hooks: Option<PathBuf>,
    /// Take everyone for who they say they are, as a state's file does; on loopback only, to try
    /// the server out
    #[arg(long)]
    claimed: bool,
    #[command(flatten)]
    identity: identity::Who,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let authenticate = authenticate(&arguments)?;
    let config = config(&arguments);
    let (store, _) = context.open_store(Access::Write).await?;
    let (log_key, _) = make_log_key(store.path(), None)?;
    let (site_key, _) = make_log_key(store.path(), None)?;
    let (pipelines, wake) = worker::pipelines();
    let site = Arc::new(Site {
        pipelines: Arc::clone(&pipelines),
        ..context.site(store.clone(), Some(site_key))?
    });
    let mut parts = Parts {
        authenticate,
        routes: api::routes(Arc::clone(&site)),
        pipelines,
        ..Parts::new(store.clone(), log_key)
    };
    if let Some(file) = &arguments.hooks {
        let hooks = hooks::read(file)?;
        parts.tasks.extend(hooks::sending(&hooks, &store)?);
        let heard = hooks::heard(hooks, Arc::clone(&site), wake.clone())?;
        parts.routes.open = parts.routes.open.merge(heard);
    }
    if !arguments.no_worker {
        worker::begin((&mut parts, &config), site, &arguments.worker_name, wake);
    }
    if !arguments.claimed {
        let https = arguments.tls_cert.is_some() || arguments.behind_proxy;
        let place = (arguments.listen, https);
        identity::add(&mut parts, &arguments.identity, place, context).await?;
    }
    let server = Server::bind(config, parts).await.map_err(failure)?;
    let address = server.address();
    let scheme = if arguments.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    let serving = format!("serving at {scheme}://{address}; Ctrl-C ends it");
    if context.ui.json {
        // The one document comes at the end, and whoever chose port 0 needs the address now.
        context.ui.note(&serving);
    } else {
        context.ui.say(&serving);
    }
    signals::request(server.shutdown())?;
    let ended = server.run().await;
    let json = json!({
        "address": address.to_string(),
        "requests_cut_off": ended.cut_off,
        "tasks_cut_off": ended.tasks_cut_off,
    });
    if ended.is_clean() {
        return Ok(Done::new("ended", json));
    }
    let mut failure = Failure::failed(
        "cut-off",
        "what had begun went on for too long and was cut off",
    );
    failure.details = json;
    Err(failure)
}

fn config(arguments: &Arguments) -> Config {
    let files = arguments.tls_cert.clone().zip(arguments.tls_key.clone());
    Config {
        tls: files.map(|(cert, key)| TlsFiles { cert, key }),
        behind_proxy: arguments.behind_proxy,
        trusted_proxies: arguments.trusted_proxies.clone(),
        ..Config::new(arguments.listen)
    }
}

fn authenticate(arguments: &Arguments) -> Result<Arc<dyn Authenticate>, Failure> {
    if !arguments.claimed {
        return Ok(Arc::new(Nobody));
    }
    if !arguments.listen.ip().to_canonical().is_loopback() {
        let message = "--claimed takes everyone for who they say they are: only on loopback";
        return Err(Failure::usage(message));
    }
    let os_user = os_user();
    let name = os_user
        .parse()
        .map_err(|error| Failure::usage(format!("{os_user}: {error}")))?;
    Ok(Arc::new(Claimed::new(name)))
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = text
        .parse()
        .map(|address: std::net::IpAddr| IpNet::from(address));
    one.or_else(|_| text.parse())
        .map_err(|_| "expected an address, or a network such as 10.0.0.0/8".to_owned())
}

fn failure(error: ServeError) -> Failure {
    let exit = match error {
        ServeError::Exposed { .. } | ServeError::Tls(_) => Exit::Usage,
        ServeError::Listen { .. } | ServeError::Random => Exit::Failed,
    };
    let failure = Failure::new(exit, "serve", error.to_string());
    match exit {
        Exit::Usage => failure.hint("--tls-cert and --tls-key, or --behind-proxy"),
        _ => failure,
    }
}
