//! CloudEvents 1.0.2 over HTTP.

use serde_json::{Value, json};

use super::standard::json as bytes;
use super::{CloudEventsMode, Outgoing};

/// An event with its attributes.
pub(super) struct CloudEvent {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) time: String,
    pub(super) data: Value,
}

pub(super) fn request(event: &CloudEvent, mode: CloudEventsMode) -> Outgoing {
    let CloudEvent {
        id,
        source,
        kind,
        subject,
        time,
        data,
    } = event;
    let (headers, body) = match mode {
        CloudEventsMode::Binary => (
            vec![
                ("content-type", "application/json".to_owned()),
                ("ce-specversion", "1.0".to_owned()),
                ("ce-id", header(id)),
                ("ce-source", header(source)),
                ("ce-type", header(kind)),
                ("ce-subject", header(subject)),
                ("ce-time", header(time)),
            ],
            bytes(data),
        ),
        CloudEventsMode::Structured => {
            let whole = json!({
                "specversion": "1.0",
                "id": id,
                "source": source,
                "type": kind,
                "subject": subject,
                "time": time,
                "datacontenttype": "application/json",
                "data": data,
            });
            let kind = "application/cloudevents+json; charset=utf-8";
            (vec![("content-type", kind.to_owned())], bytes(&whole))
        }
    };
    Outgoing {
        id: id.clone(),
        headers,
        body,
    }
}

/// An attribute's value in a header (HTTP protocol binding, 3.1.3.2): what is not printable ASCII,
/// space, `"` and `%` are percent-encoded.
fn header(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' => encoded.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
