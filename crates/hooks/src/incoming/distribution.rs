//! What distribution sends: `application/vnd.docker.distribution.events.v1+json`, an envelope of
//! events (distribution, "Work with notifications"). Versions 2 and 3 send the same.

use liftlock_core::Time;
use serde::Deserialize;

use super::error::bounded;
use super::pushed::Said;
use super::{Change, IncomingError, PUSHES_MAX, Pushes};

#[derive(Deserialize)]
struct Envelope {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    timestamp: Option<String>,
    action: String,
    target: Target,
    #[serde(default)]
    actor: Option<Actor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    repository: String,
    #[serde(default)]
    tag: Option<String>,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(default)]
    name: Option<String>,
}

pub(super) fn read(host: &str, body: &[u8]) -> Result<Pushes, IncomingError> {
    let shape = |source| IncomingError::Shape {
        sender: "distribution",
        source,
    };
    let envelope: Envelope = serde_json::from_slice(bounded(body)?).map_err(shape)?;
    if envelope.events.len() > PUSHES_MAX {
        return Err(IncomingError::ManyEvents);
    }
    let mut pushes = Pushes::default();
    for event in &envelope.events {
        match event.said() {
            Some(said) => pushes.take(host, &said),
            None => pushes.left_out += 1,
        }
    }
    Ok(pushes)
}

impl Event {
    /// What it says of a manifest; `None` for blobs, and for what changes nothing.
    fn said(&self) -> Option<Said<'_>> {
        let target = &self.target;
        let media_type = target.media_type.as_deref().unwrap_or_default();
        let manifest = target.tag.is_some()
            || ["manifest", "image.index"]
                .iter()
                .any(|word| media_type.contains(word));
        let change = match self.action.as_str() {
            "push" if manifest => Change::Pushed,
            "delete" => Change::Deleted,
            _ => return None,
        };
        let at = self.timestamp.as_deref();
        Some(Said {
            path: &target.repository,
            tag: target.tag.as_deref(),
            digest: target.digest.as_deref(),
            change,
            by: self.actor.as_ref().and_then(|actor| actor.name.as_deref()),
            at: at.and_then(|at| at.parse::<Time>().ok()),
        })
    }
}
