//! Signals that end the server.

use liftlock_server::Shutdown;

use liftlock_verbs::Failure;

/// The exit code after a second signal: nothing more was waited for.
const AT_ONCE: i32 = 1;

/// Ends the server at the first SIGTERM or Ctrl-C, and the process at the second.
#[cfg(unix)]
pub(super) fn request(shutdown: Shutdown) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Failure::failed("signals", format!("signals cannot be had: {error}")))
    };
    let (mut terminate, mut interrupt) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
    );
    tokio::spawn(async move {
        for time in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            match time {
                0 => shutdown.request(),
                _ => std::process::exit(AT_ONCE),
            }
        }
    });
    Ok(())
}

/// Ends the server at the first Ctrl-C, and the process at the second.
#[cfg(not(unix))]
pub(super) fn request(shutdown: Shutdown) -> Result<(), Failure> {
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        shutdown.request();
        let _ = tokio::signal::ctrl_c().await;
        std::process::exit(AT_ONCE);
    });
    Ok(())
}
