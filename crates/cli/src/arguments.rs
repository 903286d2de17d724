//! The command line, as a whole. Each verb's own arguments are with the verb.

mod usage;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::context::Context;
use crate::output::{Color, Ui};
use crate::verbs;

/// Promotes container images by digest: from development to staging to production, through gates,
/// with a record.
#[derive(Debug, Parser)]
#[command(
    name = "liftlock",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done; 1 failed; 2 usage, or an invalid or unadopted pipeline \
file; 3 refused; 4 waiting; 5 drift or verification mismatch.\n\nStart with `liftlock try`, which \
needs nothing, or with `liftlock init registry.example.com/myapp`."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The pipeline file
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        default_value = "liftlock.yaml"
    )]
    pub(crate) file: PathBuf,
    /// The state's file [default: .liftlock/state.db beside the pipeline file]
    #[arg(long, global = true, value_name = "FILE", env = "LIFTLOCK_STATE")]
    pub(crate) state: Option<String>,
    /// Act as this user; recorded, with your own name, as claimed
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub(crate) act_as: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Never ask
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// What can be typed.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Try(verbs::demo::Arguments),
    Init(verbs::init::Arguments),
    #[command(subcommand)]
    Policy(verbs::policy::Verb),
    #[command(subcommand)]
    Release(verbs::release::Verb),
    #[command(subcommand)]
    Evidence(verbs::evidence::Verb),
    Plan(liftlock_verbs::Plan),
    Promote(liftlock_verbs::Promote),
    Approve(verbs::approve::Arguments),
    Reject(liftlock_verbs::Reject),
    Withdraw(liftlock_verbs::Withdraw),
    Cancel(liftlock_verbs::Cancel),
    Rollback(liftlock_verbs::Rollback),
    Freeze(liftlock_verbs::Freeze),
    Unfreeze(liftlock_verbs::Unfreeze),
    #[command(subcommand)]
    Override(verbs::overriding::Verb),
    Hold(liftlock_verbs::Hold),
    Resume(liftlock_verbs::Resume),
    #[command(subcommand)]
    Incident(verbs::incident::Verb),
    #[command(subcommand)]
    Webhook(verbs::webhook::Verb),
    Tick(verbs::tick::Arguments),
    Watch(verbs::watch::Arguments),
    Drift(liftlock_verbs::Drift),
    Status(liftlock_verbs::Status),
    History(liftlock_verbs::History),
    Verify(verbs::verify::Arguments),
    #[command(subcommand)]
    Log(verbs::log::Verb),
    #[command(subcommand)]
    State(verbs::state::Verb),
    #[command(subcommand)]
    Bundle(verbs::bundle::Verb),
    #[command(subcommand)]
    Key(verbs::key::Verb),
    #[command(subcommand)]
    Image(verbs::image::Verb),
    #[command(subcommand)]
    Registry(verbs::registry::Verb),
    Serve(verbs::serve::Arguments),
    Setup(verbs::setup::Arguments),
    Login(verbs::login::Arguments),
    Logout(verbs::logout::Arguments),
    #[command(subcommand)]
    Token(verbs::token::Verb),
    Completions(verbs::completions::Arguments),
    Man(verbs::man::Arguments),
    #[command(hide = true)]
    TryDeploy(verbs::demo::deploy::Arguments),
}

impl Global {
    /// The context these options make.
    pub(crate) fn context(&self) -> Context {
        let ui = Ui {
            json: self.json,
            quiet: self.quiet,
            color: self.color.decide(),
            no_input: self.no_input,
        };
        Context {
            ui,
            file: self.file.clone(),
            state: self.state.clone(),
            act_as: self.act_as.clone(),
        }
    }
}

/// The command line of this process; an exit code where it makes no sense, or only help was asked
/// for, which is shown by then.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    let typed: Vec<OsString> = std::env::args_os().collect();
    Cli::try_parse_from(&typed).map_err(|error| usage::end(error, &typed))
}
