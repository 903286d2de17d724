//! `load`: many clients at a real server, over a state with a long history.
//!
//! The state is made by the decisions themselves and kept for the next run; the server is the
//! product, on SQLite or on a PostgreSQL that is started for it. What was answered is counted in
//! the ledger afterwards: a figure of something that is not there is worth nothing.
#![allow(clippy::print_stdout, reason = "a program that shows what it finds")]
#![allow(clippy::print_stderr, reason = "progress is not the result")]

mod child;
mod clients;
mod cold;
mod database;
mod flat;
mod history;
mod identities;
mod images;
mod latency;
mod machine;
mod made;
mod making;
mod options;
mod place;
mod policy;
mod postgres;
mod recorded;
mod report;
mod run;
mod server;
mod trouble;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use self::options::Options;

/// Exit code where what was answered is not what was recorded.
const FAILED: u8 = 1;
/// Exit code where nothing could be measured.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string());
    let ended = runtime.and_then(|runtime| {
        let ran = runtime.block_on(run::run(&options));
        ran.map_err(|trouble| trouble.to_string())
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::from(TROUBLE)
        }
    }
}
