//! `liftlock try`: a real image from development to production, with everything embedded.
//!
//! Each step is typed as a user would type it, and runs through the same code.

mod application;
pub(crate) mod deploy;
mod elf;
mod files;
mod sample;
mod script;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use liftlock_registry_server::{Server, ServerOptions};
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use crate::context::{Context, Scratch};
use crate::verbs::registry::interrupted;

/// Watch a real image go from development to production; needs nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock try          leaves its registry running until Ctrl-C\n  \
liftlock try --exit   ends when it is through"
)]
pub(crate) struct Arguments {
    /// End when it is through; questions are answered with yes
    #[arg(long)]
    exit: bool,
    /// Work in this folder, and keep it [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Where everything of one run is.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) registry: SocketAddr,
    pub(crate) application: SocketAddr,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let (folder, scratch) = folder(&arguments)?;
    let failed =
        |error: liftlock_registry_server::ServeError| Failure::failed("serve", error.to_string());
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(ServerOptions::new(folder.join("registry"), loopback))
        .await
        .map_err(failed)?;
    let registry = server.address();
    let serving = tokio::spawn(server.run(std::future::pending()));
    let (application, running) = application::serve(folder.join("running")).await?;
    let place = Place {
        folder,
        registry,
        application,
    };
    let ui = context.ui;
    let ask = !arguments.exit && ui.can_ask();
    let result = script::play(&place, ui, ask).await;
    let result = match result {
        Ok(promoted) => {
            if !arguments.exit {
                ui.say(&script::next(&place, scratch.is_some()));
                interrupted().await;
            }
            let place = json!({
                "folder": place.folder.display().to_string(),
                "registry": place.registry.to_string(),
                "promoted": promoted,
            });
            Ok(Done::new("", place))
        }
        Err(failure) => Err(failure),
    };
    serving.abort();
    running.abort();
    drop(scratch);
    result
}

/// The folder to work in; a temporary one is removed at the end.
fn folder(arguments: &Arguments) -> Result<(PathBuf, Option<Scratch>), Failure> {
    let Some(folder) = &arguments.dir else {
        let scratch = Scratch::new()?;
        return Ok((scratch.path().to_path_buf(), Some(scratch)));
    };
    let name = folder.display();
    let unusable =
        |error: std::io::Error| Failure::usage(format!("{name} cannot be used: {error}"));
    std::fs::create_dir_all(folder).map_err(unusable)?;
    if std::fs::read_dir(folder)
        .map_err(unusable)?
        .next()
        .is_some()
    {
        return Err(Failure::usage(format!(
            "{name} is not empty; `try` starts from nothing"
        )));
    }
    Ok((std::fs::canonicalize(folder).map_err(unusable)?, None))
}
