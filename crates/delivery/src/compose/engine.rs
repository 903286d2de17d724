//! An engine that is away for a moment: its daemon is restarted, or the machine it is on.

use std::time::Duration;

use liftlock_core::Span;
use liftlock_engine::ports::DeliveryError;
use tokio::time::{sleep, timeout};

use crate::session::Session;

/// How long is waited for it. A service manager starts a daemon again within seconds; an address
/// that is wrong shall not look like work.
const AWAY_MAX: Span = Span::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What only an engine that answers can be asked.
const ASKED: [&str; 4] = ["docker", "version", "--format", "{{.Server.Version}}"];

/// Waits until the engine answers, for half a minute at the most.
///
/// # Errors
/// What it was last answered with where it stays away.
pub(super) async fn wait(session: &Session) -> Result<(), DeliveryError> {
    let most = AWAY_MAX.min(session.left()).duration();
    let mut last = Ok(());
    let waited = timeout(most, async {
        while let Err(error) = answers(session).await {
            last = Err(error);
            sleep(LOOK_EVERY).await;
        }
    });
    match waited.await {
        Ok(()) => Ok(()),
        // Where it did not even refuse in that time, what comes next says how.
        Err(_) => last,
    }
}

/// Whether it answers now.
pub(super) async fn answers(session: &Session) -> Result<(), DeliveryError> {
    let arguments = ASKED.map(str::to_owned);
    session.answer("docker version", &arguments).await.map(drop)
}
