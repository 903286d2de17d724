//! The `liftlock` binary: arguments, output, hints. What to do is decided elsewhere.

mod arguments;
mod context;
mod done;
mod failure;
mod keys;
mod output;
mod registries;
mod show;
mod system;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match arguments::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return output::fatal(&format!("the runtime cannot be started: {error}")),
    };
    runtime.block_on(verbs::main(cli))
}
