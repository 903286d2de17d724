//! Tasks of the project, run as `cargo xtask NAME`.
//!
//! `tidy` checks what compiler and linter cannot: the direction of the crates, sizes of files,
//! links in the documents, forbidden text, licences. `peers` gets the programs that the
//! product is shown beside; `interop` shows it against them, and
//! `bench` measures it beside them. `load` asks a server of it by many clients at once.

mod bench;
mod cargo_toml;
mod interop;
mod load;
mod metadata;
mod peers;
mod problem;
mod rust_code;
mod tidy;
mod tree;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy | peers [NAME...] | interop [SCENARIO...] | bench [OPTION...] [CASE...] | load [--profile NAME] [OPTION...]";

/// Exit code where something is wrong with the project.
const FAILED: u8 = 1;
/// Exit code where the command line means nothing.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome: Result<bool, Box<dyn Error>> = match words.as_slice() {
        ["tidy"] => tidy::run(&mut io::stdout().lock()).map_err(Into::into),
        ["peers", only @ ..] => peers::run(&mut io::stdout().lock(), only).map_err(Into::into),
        ["interop", only @ ..] => interop::run(&mut io::stdout().lock(), only).map_err(Into::into),
        ["bench", words @ ..] => bench::run(&mut io::stdout().lock(), words).map_err(Into::into),
        ["load", words @ ..] => load::run(words).map_err(Into::into),
        ["measured", ..] => return measured(),
        _ => return complain(USAGE, MISUSED),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => complain(&error.to_string(), FAILED),
    }
}

/// The process that `bench` starts for each run.
fn measured() -> ExitCode {
    let words: Vec<_> = env::args_os().skip(2).collect();
    match bench::inner(&words) {
        Ok(line) if writeln!(io::stdout(), "{line}").is_ok() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(FAILED),
        Err(trouble) => complain(&trouble.to_string(), FAILED),
    }
}

/// Says `message` on standard error; where even that is closed, the exit code still speaks.
fn complain(message: &str, code: u8) -> ExitCode {
    writeln!(io::stderr(), "{message}").ok();
    ExitCode::from(code)
}
