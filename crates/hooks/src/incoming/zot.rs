//! What zot's events extension sends: CloudEvents with the image in their data (zot, "Events").

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::pushed::Said;
use super::{Change, IncomingError, Pushes, cloud_event};

const SENDER: &str = "zot";

#[derive(Deserialize)]
struct Data {
    name: String,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    actor: Option<Actor>,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(default)]
    name: Option<String>,
}

pub(super) fn read(host: &str, headers: &HeaderMap, body: &[u8]) -> Result<Pushes, IncomingError> {
    let event = cloud_event::read(SENDER, headers, body)?;
    let mut pushes = Pushes::default();
    // What comes before it can be configured.
    let change = if event.kind.ends_with(".image.updated") {
        Change::Pushed
    } else if event.kind.ends_with(".image.deleted") {
        Change::Deleted
    } else {
        pushes.left_out = 1;
        return Ok(pushes);
    };
    let data: Data = serde_json::from_value(event.data).map_err(|source| IncomingError::Shape {
        sender: SENDER,
        source,
    })?;
    let by = data.actor.and_then(|actor| actor.name);
    let said = Said {
        path: &data.name,
        tag: data.reference.as_deref(),
        digest: data.digest.as_deref(),
        change,
        by: by.as_deref(),
        at: event.time,
    };
    pushes.take(host, &said);
    Ok(pushes)
}
