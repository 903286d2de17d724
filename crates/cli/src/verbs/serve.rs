//! `liftlock serve`

mod agent;
mod arguments;
mod hooks;
mod identity;
mod settings;
mod signals;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;

use liftlock_core::Labels;
use liftlock_core::access::ServerRoles;
use liftlock_delivery::Allowed;
use liftlock_registry::{HttpRegistries, Options};
use liftlock_server::agents::{LEASE_TIME, agents};
use liftlock_server::{
    Authenticate, Claimed, Metrics, Nobody, Parts, Routes, ServeError, Server, api,
};
use liftlock_store::make_log_key;
use liftlock_verbs::{Access, Done, Exit, Failure, Site};
use serde_json::json;

use self::settings::Settings;
use crate::context::Context;
use crate::registries::registry_options;
use crate::system::os_user;

pub(crate) use arguments::Arguments;

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    if let Some(server) = &arguments.worker {
        return agent::run(server, &arguments, context).await;
    }
    let Settings {
        config,
        telemetry,
        state,
        labels,
    } = Settings::of(&arguments)?;
    let context = &Context {
        state: context.state.clone().or(state),
        ..context.clone()
    };
    let authenticate = authenticate(&arguments, config.listen)?;
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let traces = telemetry
        .begin()
        .map_err(|error| Failure::usage(error.to_string()))?;
    let (store, _) = context.open_store(Access::Write).await?;
    let (log_key, _) = make_log_key(store.path(), None)?;
    let (site_key, _) = make_log_key(store.path(), None)?;
    let (pipelines, wake) = worker::pipelines();
    let metrics = Metrics::new();
    let registries = HttpRegistries::new(Options {
        telling: metrics.registries(),
        ..registry_options()
    });
    let site = Arc::new(Site {
        pipelines: Arc::clone(&pipelines),
        labels: Labels::These(labels.clone()),
        delivery: context.delivery(allowed(&arguments)),
        ..context.site_with((store.clone(), registries), Some(site_key))?
    });
    let (work, expire) = agents(Arc::clone(&site), LEASE_TIME);
    let (asked, working) = api::routes(Arc::clone(&site));
    let mut parts = Parts {
        authenticate,
        roles: roles(&arguments),
        routes: Routes {
            guarded: asked.guarded.merge(work.guarded),
            ..asked
        },
        pipelines,
        metrics,
        tasks: vec![expire],
        ..Parts::new(store.clone(), log_key)
    };
    parts.tasks.push(working);
    parts.tasks.push(api::forgetting(Arc::clone(&site)));
    if let Some(file) = &arguments.hooks {
        let hooks = hooks::read(file)?;
        parts.tasks.extend(hooks::sending(&hooks, &store)?);
        let heard = hooks::heard(hooks, Arc::clone(&site), wake.clone())?;
        parts.routes.open = parts.routes.open.merge(heard);
    }
    if !arguments.no_worker {
        let worker = (&arguments.worker_name, labels);
        worker::begin((&mut parts, &config), site, worker, wake);
    }
    if !arguments.claimed {
        let https = config.tls.is_some() || config.behind_proxy;
        let place = (config.listen, https);
        identity::add(&mut parts, &arguments.identity, place, context).await?;
    }
    let server = Server::bind(config, parts).await.map_err(failure)?;
    let address = server.address();
    let figures = server.metrics_address();
    let figures = figures.map(|at| format!(", figures at http://{at}/metrics"));
    let figures = figures.unwrap_or_default();
    let serving = format!("serving at {scheme}://{address}{figures}; Ctrl-C ends it");
    if context.ui.json {
        // The one document comes at the end, and whoever chose port 0 needs the address now.
        context.ui.note(&serving);
    } else {
        context.ui.say(&serving);
    }
    signals::request(server.shutdown())?;
    let ended = server.run().await;
    traces.end().await;
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

/// What pipelines may have run and asked here. Who only claims a name works on this machine.
fn allowed(arguments: &Arguments) -> Option<Allowed> {
    (!arguments.claimed).then(|| Allowed {
        programs: arguments.programs.iter().cloned().collect(),
        hosts: arguments.hosts.iter().cloned().collect(),
    })
}

/// Who may do what over all pipelines; administrators are named while the server runs.
fn roles(arguments: &Arguments) -> ServerRoles {
    ServerRoles {
        administrators: Vec::new(),
        auditors: arguments.auditors.clone(),
        creators: arguments.creators.clone(),
        claimed: arguments.claimed,
    }
}

fn authenticate(
    arguments: &Arguments,
    listen: SocketAddr,
) -> Result<Arc<dyn Authenticate>, Failure> {
    if !arguments.claimed {
        return Ok(Arc::new(Nobody));
    }
    if !listen.ip().to_canonical().is_loopback() {
        let message = "--claimed takes everyone for who they say they are: only on loopback";
        return Err(Failure::usage(message));
    }
    let os_user = os_user();
    let name = os_user
        .parse()
        .map_err(|error| Failure::usage(format!("{os_user}: {error}")))?;
    Ok(Arc::new(Claimed::new(name)))
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
