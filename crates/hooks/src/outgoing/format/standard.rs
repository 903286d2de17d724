//! The generic payload, as docs/webhooks.md has it.

use liftlock_core::Time;
use serde::Serialize;

use super::Outgoing;
use crate::outgoing::{Kind, Message};

/// The version of the generic payload: fields may be added in it, none goes or changes.
pub const PAYLOAD_VERSION: u32 = 1;

#[derive(Serialize)]
struct Payload<'m> {
    version: u32,
    #[serde(rename = "type")]
    kind: Kind,
    timestamp: Time,
    data: &'m Message,
}

pub(super) fn request(message: &Message) -> Outgoing {
    let payload = Payload {
        version: PAYLOAD_VERSION,
        kind: message.kind,
        timestamp: message.time,
        data: message,
    };
    Outgoing {
        id: format!("msg_{}", message.seq),
        headers: vec![("content-type", "application/json".to_owned())],
        body: json(&payload),
    }
}

/// The bytes of what has nothing in it that JSON cannot say.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
