//! What is asked for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Asks a real server for evidence, approvals and boards, by many clients at once
#[derive(Debug, Clone, Parser)]
#[command(
    name = "load",
    after_help = "Example:\n  cargo xtask load --pipelines 1000 --releases 100000 --events 1000000 \\\n    --histories 10,1000,100000 --clients 200 --seconds 60"
)]
pub(crate) struct Options {
    /// The server: the `liftlock` to start
    #[arg(long, value_name = "FILE")]
    pub(crate) program: PathBuf,
    /// Pipelines in the state
    #[arg(long, default_value_t = 20)]
    pub(crate) pipelines: usize,
    /// Releases, over all pipelines
    #[arg(long, default_value_t = 200)]
    pub(crate) releases: usize,
    /// Events, over all pipelines; at least ten a release
    #[arg(long, default_value_t = 4_000)]
    pub(crate) events: usize,
    /// Events of each pipeline by which it is looked whether questions stay as quick
    #[arg(long, value_delimiter = ',', default_value = "10,1000")]
    pub(crate) histories: Vec<usize>,
    /// Clients that ask at the same time
    #[arg(long, default_value_t = 20)]
    pub(crate) clients: usize,
    /// For how long they ask
    #[arg(long, default_value_t = 5)]
    pub(crate) seconds: u64,
    /// Which databases; may be repeated [default: both]
    #[arg(long = "database", value_enum)]
    databases: Vec<Kind>,
    /// Where states are kept and runs are played [default: a folder for temporary files]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The port of the registry that the pipelines' images are in
    #[arg(long, default_value_t = 5733)]
    pub(crate) registry_port: u16,
    /// Only make the states that are missing
    #[arg(long)]
    pub(crate) prepare: bool,
    /// Do not run `liftlock log verify` at the end
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Keep the last run's folder, with the logs
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// A database under the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A file.
    Sqlite,
    /// A server that is started for it.
    Postgres,
}

impl Kind {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Its folder's name.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl Options {
    /// Those that are to be played, in order.
    pub(crate) fn databases(&self) -> Vec<Kind> {
        match self.databases.as_slice() {
            [] => vec![Kind::Sqlite, Kind::Postgres],
            chosen => chosen.to_vec(),
        }
    }

    /// Where states are kept and runs are played.
    pub(crate) fn folder(&self) -> PathBuf {
        let usual = || std::env::temp_dir().join("liftlock-load");
        self.folder.clone().unwrap_or_else(usual)
    }
}
