//! One file a verb.

pub(crate) mod approve;
pub(crate) mod bundle;
pub(crate) mod cancel;
pub(crate) mod choice;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod drift;
pub(crate) mod ending;
pub(crate) mod evidence;
pub(crate) mod freeze;
pub(crate) mod history;
pub(crate) mod hold;
pub(crate) mod image;
pub(crate) mod incident;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod objection;
pub(crate) mod overriding;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod promote;
pub(crate) mod reference;
pub(crate) mod registry;
pub(crate) mod reject;
pub(crate) mod release;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod tick;
pub(crate) mod unfreeze;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod withdraw;

use std::process::ExitCode;

use crate::arguments::{Cli, Verb};
use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Runs the command line to its end.
pub(crate) async fn main(cli: Cli) -> ExitCode {
    let context = cli.global.context();
    let name = cli.verb.name();
    match run(cli.verb, &context).await {
        Ok(done) => context.ui.done(name, &done),
        Err(failure) => context.ui.failed(name, &failure),
    }
}

/// Runs one verb.
pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        // It runs other verbs: boxed, so that the future has a size.
        Verb::Try(arguments) => Box::pin(demo::run(arguments, context)).await,
        Verb::Init(arguments) => init::run(&arguments, context),
        Verb::Policy(verb) => policy::run(verb, context).await,
        Verb::Release(verb) => release::run(verb, context).await,
        Verb::Evidence(verb) => evidence::run(verb, context).await,
        Verb::Plan(arguments) => plan::run(arguments, context).await,
        Verb::Promote(arguments) => promote::run(arguments, context).await,
        Verb::Approve(arguments) => approve::run(arguments, context).await,
        Verb::Reject(arguments) => reject::run(arguments, context).await,
        Verb::Withdraw(arguments) => withdraw::run(arguments, context).await,
        Verb::Cancel(arguments) => cancel::run(arguments, context).await,
        Verb::Rollback(arguments) => rollback::run(arguments, context).await,
        Verb::Freeze(arguments) => freeze::run(arguments, context).await,
        Verb::Unfreeze(arguments) => unfreeze::run(arguments, context).await,
        Verb::Override(verb) => overriding::run(verb, context).await,
        Verb::Hold(arguments) => hold::run(arguments, context).await,
        Verb::Resume(arguments) => resume::run(arguments, context).await,
        Verb::Incident(verb) => incident::run(verb, context).await,
        Verb::Tick(arguments) => tick::run(arguments, context).await,
        Verb::Watch(arguments) => watch::run(arguments, context).await,
        Verb::Drift(arguments) => drift::run(arguments, context).await,
        Verb::Status(arguments) => status::run(arguments, context).await,
        Verb::History(arguments) => history::run(arguments, context).await,
        Verb::Verify(arguments) => verify::run(arguments, context).await,
        Verb::Bundle(verb) => bundle::run(verb, context).await,
        Verb::Key(verb) => key::run(&verb, context).await,
        Verb::Log(verb) => log::run(verb, context).await,
        Verb::Image(verb) => image::run(verb, context).await,
        Verb::Registry(verb) => registry::run(verb, context).await,
        Verb::Serve(arguments) => serve::run(arguments, context).await,
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Man(arguments) => man::run(&arguments),
        Verb::TryDeploy(arguments) => demo::deploy::run(&arguments).await,
    }
}

impl Verb {
    /// The verb's name, for the JSON document.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Try(_) => "try",
            Self::Init(_) => "init",
            Self::Policy(verb) => verb.name(),
            Self::Release(verb) => verb.name(),
            Self::Evidence(verb) => verb.name(),
            Self::Plan(_) => "plan",
            Self::Promote(_) => "promote",
            Self::Approve(_) => "approve",
            Self::Reject(_) => "reject",
            Self::Withdraw(_) => "withdraw",
            Self::Cancel(_) => "cancel",
            Self::Rollback(_) => "rollback",
            Self::Freeze(_) => "freeze",
            Self::Unfreeze(_) => "unfreeze",
            Self::Override(verb) => verb.name(),
            Self::Hold(_) => "hold",
            Self::Resume(_) => "resume",
            Self::Incident(verb) => verb.name(),
            Self::Tick(_) => "tick",
            Self::Watch(_) => "watch",
            Self::Drift(_) => "drift",
            Self::Status(_) => "status",
            Self::History(_) => "history",
            Self::Verify(_) => "verify",
            Self::Bundle(verb) => verb.name(),
            Self::Key(verb) => verb.name(),
            Self::Log(verb) => verb.name(),
            Self::Image(verb) => verb.name(),
            Self::Registry(_) => "registry serve",
            Self::Serve(_) => "serve",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::TryDeploy(_) => "try-deploy",
        }
    }
}
