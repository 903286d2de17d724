//! What Harbor sends, in its own format and as CloudEvents (Harbor, "Configure Webhook
//! Notifications").

use liftlock_core::Time;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::error::bounded;
use super::pushed::Said;
use super::{Change, IncomingError, PUSHES_MAX, Pushes, cloud_event};

const SENDER: &str = "Harbor";

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    occur_at: Option<i64>,
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    event_data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    tag: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    repo_full_name: String,
}

pub(super) fn read(host: &str, headers: &HeaderMap, body: &[u8]) -> Result<Pushes, IncomingError> {
    let shape = |source| IncomingError::Shape {
        sender: SENDER,
        source,
    };
    if cloud_event::is_one(headers) {
        let event = cloud_event::read(SENDER, headers, body)?;
        let change = match event.kind.as_str() {
            "harbor.artifact.pushed" | "harbor.tag.created" => Some(Change::Pushed),
            "harbor.artifact.deleted" => Some(Change::Deleted),
            _ => None,
        };
        let data: Data = serde_json::from_value(event.data).map_err(shape)?;
        return pushes(host, &data, change, (event.operator, event.time));
    }
    let payload: Payload = serde_json::from_slice(bounded(body)?).map_err(shape)?;
    let change = match payload.kind.as_str() {
        "PUSH_ARTIFACT" | "CREATE_TAG" => Some(Change::Pushed),
        "DELETE_ARTIFACT" => Some(Change::Deleted),
        _ => None,
    };
    let at = payload.occur_at;
    let at = at.map(|secs| Time::from_us(secs.saturating_mul(1_000_000)));
    pushes(host, &payload.event_data, change, (payload.operator, at))
}

fn pushes(
    host: &str,
    data: &Data,
    change: Option<Change>,
    (by, at): (Option<String>, Option<Time>),
) -> Result<Pushes, IncomingError> {
    if data.resources.len() > PUSHES_MAX {
        return Err(IncomingError::ManyEvents);
    }
    let mut pushes = Pushes::default();
    let (Some(change), Some(repository)) = (change, &data.repository) else {
        pushes.left_out = 1;
        return Ok(pushes);
    };
    for resource in &data.resources {
        let said = Said {
            path: &repository.repo_full_name,
            tag: resource.tag.as_deref(),
            digest: resource.digest.as_deref(),
            change,
            by: by.as_deref(),
            at,
        };
        pushes.take(host, &said);
    }
    Ok(pushes)
}
