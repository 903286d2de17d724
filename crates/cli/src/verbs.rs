//! One file a verb.

pub(crate) mod approve;
pub(crate) mod bundle;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod evidence;
pub(crate) mod image;
pub(crate) mod incident;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod overriding;
pub(crate) mod policy;
pub(crate) mod registry;
pub(crate) mod release;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod state;
pub(crate) mod tick;
pub(crate) mod token;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod webhook;

use std::process::ExitCode;

use liftlock_verbs::{Done, Failure, Request};

use crate::arguments::{Cli, Verb};
use crate::context::Context;

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
        Verb::Release(verb) => context.carry_out(verb.into()).await,
        Verb::Evidence(verb) => context.carry_out(verb.request()?).await,
        Verb::Plan(asked) => context.carry_out(Request::Plan(asked)).await,
        Verb::Promote(asked) => context.carry_out(Request::Promote(asked)).await,
        Verb::Approve(arguments) => approve::run(arguments, context).await,
        Verb::Reject(asked) => context.carry_out(Request::Reject(asked)).await,
        Verb::Withdraw(asked) => context.carry_out(Request::Withdraw(asked)).await,
        Verb::Cancel(asked) => context.carry_out(Request::Cancel(asked)).await,
        Verb::Rollback(asked) => context.carry_out(Request::Rollback(asked)).await,
        Verb::Freeze(asked) => context.carry_out(Request::Freeze(asked)).await,
        Verb::Unfreeze(asked) => context.carry_out(Request::Unfreeze(asked)).await,
        Verb::Override(verb) => context.carry_out(verb.into()).await,
        Verb::Hold(asked) => context.carry_out(Request::Hold(asked)).await,
        Verb::Resume(asked) => context.carry_out(Request::Resume(asked)).await,
        Verb::Incident(verb) => context.carry_out(verb.request()?).await,
        Verb::Webhook(verb) => webhook::run(verb, context).await,
        Verb::Tick(arguments) => tick::run(arguments, context).await,
        Verb::Watch(arguments) => watch::run(arguments, context).await,
        Verb::Drift(asked) => context.carry_out(Request::Drift(asked)).await,
        Verb::Status(asked) => context.carry_out(Request::Status(asked)).await,
        Verb::History(asked) => context.carry_out(Request::History(asked)).await,
        Verb::Verify(arguments) => verify::run(arguments, context).await,
        Verb::State(verb) => state::run(verb, context).await,
        Verb::Bundle(verb) => bundle::run(verb, context).await,
        Verb::Key(verb) => key::run(&verb, context).await,
        Verb::Log(verb) => log::run(verb, context).await,
        Verb::Image(verb) => image::run(verb, context).await,
        Verb::Registry(verb) => registry::run(verb, context).await,
        Verb::Serve(arguments) => serve::run(arguments, context).await,
        Verb::Login(arguments) => login::run(&arguments, context).await,
        Verb::Logout(arguments) => logout::run(&arguments, context).await,
        Verb::Setup(arguments) => setup::run(&arguments, context).await,
        Verb::Token(verb) => token::run(&verb, context).await,
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
            Self::Webhook(verb) => verb.name(),
            Self::Tick(_) => "tick",
            Self::Watch(_) => "watch",
            Self::Drift(_) => "drift",
            Self::Status(_) => "status",
            Self::History(_) => "history",
            Self::Verify(_) => "verify",
            Self::State(verb) => verb.name(),
            Self::Bundle(verb) => verb.name(),
            Self::Key(verb) => verb.name(),
            Self::Log(verb) => verb.name(),
            Self::Image(verb) => verb.name(),
            Self::Registry(_) => "registry serve",
            Self::Serve(_) => "serve",
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Setup(_) => "setup",
            Self::Token(verb) => verb.name(),
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::TryDeploy(_) => "try-deploy",
        }
    }
}
