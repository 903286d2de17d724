//! The `liftlock` binary: arguments, output, hints. What to do is decided elsewhere.

mod arguments;
mod context;
mod keys;
mod output;
mod registries;
mod remote;
mod system;
mod token;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match arguments::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let mut threads = match cli.verb {
        arguments::Verb::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = match threads.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fatal(&format!("the runtime cannot be started: {error}")),
    };
    runtime.block_on(verbs::main(cli))
}
