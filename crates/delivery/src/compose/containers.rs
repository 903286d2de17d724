//! What docker says about containers.

use liftlock_engine::ports::DeliveryError;
use serde::Deserialize;

use crate::session::Session;

/// The most containers that are looked at in one deployment.
const CONTAINERS_MAX: usize = 1000;
/// One JSON document a line, with only what is read: the whole of it is large.
const FORMAT: &str = r#"{"name":{{json .Name}},"image":{{json .Image}},"reference":{{json .Config.Image}},"state":{{json .State}}}"#;

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Container {
    name: String,
    /// The id of the image it was made of.
    pub(super) image: String,
    /// The image as it was asked for.
    pub(super) reference: String,
    /// Its state.
    pub(super) state: State,
}

/// A container's state (Docker Engine API, `ContainerState`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct State {
    /// Such as `created`, `running` or `exited`.
    pub(super) status: String,
    running: bool,
    #[serde(default)]
    restarting: bool,
    /// The exit status of its last run.
    pub(super) exit_code: i64,
    /// Only where it has a health check.
    pub(super) health: Option<Health>,
}

/// What its health check says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Health {
    /// `starting`, `healthy`, `unhealthy`, or `none`.
    pub(super) status: String,
}

impl Container {
    /// Its name as docker's command line shows it.
    pub(super) fn name(&self) -> &str {
        self.name.trim_start_matches('/')
    }
}

impl State {
    /// Whether it runs: one that is being restarted does not.
    pub(super) fn runs(&self) -> bool {
        self.running && !self.restarting
    }
}

/// Looks at the containers that `ids` lists, one a line.
///
/// # Errors
/// Those of docker, and [`DeliveryError::Answer`] for ids or states that make no sense.
pub(super) async fn inspect(session: &Session, ids: &str) -> Result<Vec<Container>, DeliveryError> {
    let ids = parse_ids(ids)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = [
        "docker",
        "inspect",
        "--type",
        "container",
        "--format",
        FORMAT,
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(ids);
    parse(&session.answer("docker inspect", &arguments).await?)
}

fn parse_ids(text: &str) -> Result<Vec<String>, DeliveryError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let ids: Vec<String> = lines.map(str::to_owned).collect();
    if ids.len() > CONTAINERS_MAX {
        return Err(nonsense(format!("there are more than {CONTAINERS_MAX}")));
    }
    let is_id = |id: &&String| id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    match ids.iter().find(|id| !is_id(id)) {
        Some(id) => Err(nonsense(format!(
            "{:?} is not an id",
            id.chars().take(80).collect::<String>()
        ))),
        None => Ok(ids),
    }
}

fn parse(lines: &str) -> Result<Vec<Container>, DeliveryError> {
    lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).map_err(|e| nonsense(e.to_string())))
        .collect()
}

fn nonsense(message: String) -> DeliveryError {
    DeliveryError::Answer {
        what: "docker's answer about containers".to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read() {
        let lines = concat!(
            r#"{"name":"/shop_web_1","image":"sha256:ab","reference":"r/a@sha256:cd","state":{"Status":"running","Running":true,"Paused":false,"Restarting":false,"ExitCode":0,"Health":{"Status":"healthy","FailingStreak":0,"Log":[]}}}"#,
            "\n",
            r#"{"name":"/shop_job_1","image":"sha256:ab","reference":"a","state":{"Status":"restarting","Running":true,"Restarting":true,"ExitCode":1}}"#,
            "\n"
        );
        let containers = parse(lines).unwrap();
        assert_eq!(containers.len(), 2);
        assert_eq!(containers[0].name(), "shop_web_1");
        assert!(containers[0].state.runs());
        assert_eq!(
            containers[0].state.health.as_ref().unwrap().status,
            "healthy"
        );
        assert!(!containers[1].state.runs());
        assert!(containers[1].state.health.is_none());
        assert!(parse("{}").is_err());
    }

    #[test]
    fn only_ids_are_taken_for_ids() {
        let id = "ed3a811badbf29bc92edc6e0bb51d8fd9a0ee43307e77c6f1e3a960dc38cd763";
        assert_eq!(parse_ids(&format!("{id}\n\n")).unwrap(), [id]);
        assert!(parse_ids("").unwrap().is_empty());
        assert!(parse_ids("--help").is_err());
        assert!(parse_ids(&format!("{id}\n").repeat(CONTAINERS_MAX + 1)).is_err());
    }
}
