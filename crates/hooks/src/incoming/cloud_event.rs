//! CloudEvents over HTTP (CloudEvents 1.0.2, HTTP protocol binding), read in binary and in
//! structured mode. Batches are not.

use liftlock_core::Time;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde_json::Value;

use super::IncomingError;
use super::error::bounded;

/// What is used of a CloudEvent.
pub(super) struct CloudEvent {
    pub(super) kind: String,
    pub(super) time: Option<Time>,
    /// Harbor's extension: who did it.
    pub(super) operator: Option<String>,
    pub(super) data: Value,
}

#[derive(Deserialize)]
struct Structured {
    specversion: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    data: Value,
}

/// Whether a request carries one at all.
pub(super) fn is_one(headers: &HeaderMap) -> bool {
    headers.contains_key("ce-specversion") || is_structured(headers)
}

/// Reads one; `sender` is who was expected to send it.
pub(super) fn read(
    sender: &'static str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<CloudEvent, IncomingError> {
    let body = bounded(body)?;
    let shape = |source| IncomingError::Shape { sender, source };
    if is_structured(headers) {
        let event: Structured = serde_json::from_slice(body).map_err(shape)?;
        version(&event.specversion)?;
        return Ok(CloudEvent {
            kind: event.kind,
            time: event.time.and_then(|time| time.parse().ok()),
            operator: event.operator,
            data: event.data,
        });
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(found) = header("ce-specversion") else {
        return Err(IncomingError::NoCloudEvent(
            "neither a header ce-specversion nor the type application/cloudevents+json",
        ));
    };
    version(found)?;
    let Some(kind) = header("ce-type") else {
        return Err(IncomingError::NoCloudEvent("no header ce-type"));
    };
    Ok(CloudEvent {
        kind: kind.to_owned(),
        time: header("ce-time").and_then(|time| time.parse().ok()),
        operator: header("ce-operator").map(str::to_owned),
        data: serde_json::from_slice(body).map_err(shape)?,
    })
}

fn is_structured(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/cloudevents+json")
    })
}

fn version(found: &str) -> Result<(), IncomingError> {
    if found == "1.0" {
        return Ok(());
    }
    Err(IncomingError::Version {
        found: found.chars().take(20).collect(),
        read: "CloudEvents 1.0",
    })
}
