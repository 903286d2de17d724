//! Waiting for health where compose cannot.

use std::time::Duration;

use liftlock_engine::ports::DeliveryError;

use super::containers::Container;
use super::tool::Tool;
use super::{Project, arguments, containers};
use crate::session::Session;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many looks in a row must find everything ready: a container that dies at its start is
/// running for a moment.
const LOOKS: u32 = 2;

#[derive(Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    Waiting(String),
    Failed(String),
}

/// Waits until every container of the project runs, healthy where it has a health check, or
/// has ended with 0.
///
/// # Errors
/// [`DeliveryError::Failed`] for a container that ended otherwise, or that is not ready when
/// the session's time is over.
pub(super) async fn wait(
    session: &Session,
    tool: &Tool,
    project: Project<'_>,
) -> Result<(), DeliveryError> {
    let mut looks = 0;
    loop {
        let ids = session
            .answer(tool.name(), &arguments::containers(tool, project, None))
            .await?;
        let last = session.left().duration() <= LOOK_EVERY;
        match readiness(&containers::inspect(session, &ids).await?) {
            Readiness::Ready => {
                looks += 1;
                if looks >= LOOKS || last {
                    return Ok(());
                }
            }
            Readiness::Waiting(what) => {
                looks = 0;
                if last {
                    return Err(unready(tool, format!("{what} after {}", session.within())));
                }
            }
            Readiness::Failed(what) => return Err(unready(tool, what)),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn readiness(containers: &[Container]) -> Readiness {
    let mut waiting = None;
    for container in containers {
        match one(container) {
            Readiness::Ready => {}
            Readiness::Waiting(what) => waiting = Some(what),
            failed @ Readiness::Failed(_) => return failed,
        }
    }
    waiting.map_or(Readiness::Ready, Readiness::Waiting)
}

fn one(container: &Container) -> Readiness {
    let (name, state) = (container.name(), &container.state);
    if state.runs() {
        return match state.health.as_ref().map(|health| health.status.as_str()) {
            None | Some("healthy" | "none") => Readiness::Ready,
            Some(other) => Readiness::Waiting(format!("{name} is still {other}")),
        };
    }
    match (state.status.as_str(), state.exit_code) {
        ("exited", 0) => Readiness::Ready,
        ("exited" | "dead", code) => Readiness::Failed(format!("{name} ended with {code}")),
        (other, _) => Readiness::Waiting(format!("{name} is still {other}")),
    }
}

fn unready(tool: &Tool, message: String) -> DeliveryError {
    DeliveryError::Failed {
        program: format!("{} up", tool.name()),
        status: "a container that is not ready".to_owned(),
        output: message.clone().into_bytes(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(status: &str, exit_code: i64, health: Option<&str>) -> Container {
        let running = matches!(status, "running" | "restarting");
        serde_json::from_value(serde_json::json!({
            "name": "/web_1", "image": "sha256:ab", "reference": "a",
            "state": {
                "Status": status, "Running": running, "Restarting": status == "restarting",
                "ExitCode": exit_code, "Health": health.map(|h| serde_json::json!({"Status": h})),
            },
        }))
        .unwrap()
    }

    #[test]
    fn ready_is_running_and_healthy_or_done() {
        let ready = [
            container("running", 0, None),
            container("running", 0, Some("healthy")),
            container("exited", 0, None),
        ];
        assert_eq!(readiness(&ready), Readiness::Ready);
        for waiting in [
            container("running", 0, Some("starting")),
            container("running", 0, Some("unhealthy")),
            container("restarting", 1, None),
            container("created", 0, None),
        ] {
            let all = [waiting, container("running", 0, None)];
            assert!(matches!(readiness(&all), Readiness::Waiting(_)), "{all:?}");
        }
        let all = [
            container("created", 0, None),
            container("exited", 137, Some("unhealthy")),
        ];
        assert_eq!(
            readiness(&all),
            Readiness::Failed("web_1 ended with 137".to_owned())
        );
    }
}
