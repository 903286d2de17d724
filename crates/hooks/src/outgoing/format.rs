//! The forms in which a message is sent.

mod cdevents;
mod cloud_events;
mod headline;
mod purl;
mod slack;
mod standard;

use serde::Deserialize;

use super::signature::signatures;
use super::{Message, SigningKey};

pub use standard::PAYLOAD_VERSION;

/// The form in which an endpoint gets its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// JSON as docs/webhooks.md says, signed as in Standard Webhooks 1.0.0.
    Standard,
    /// CDEvents 0.5.1 as CloudEvents 1.0.2 over HTTP.
    Cdevents,
    /// A message as Slack's incoming webhooks take it, and others after them.
    Slack,
}

/// How a CloudEvent is put into a request (CloudEvents 1.0.2, HTTP protocol binding, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudEventsMode {
    /// Its attributes as headers.
    #[default]
    Binary,
    /// All of it as one JSON document.
    Structured,
}

/// By which URL this Liftlock is known: the root of what its events call their source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(String);

/// One request: what is sent, and what it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What it is known by: the same each time it is sent.
    pub id: String,
    /// Headers, their names in small letters.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Source {
    /// From the URL under which others reach this Liftlock, https or http; `None` for anything
    /// else, and for one with a user, a query or a fragment.
    pub fn new(url: &str) -> Option<Self> {
        let parsed: reqwest::Url = url.parse().ok()?;
        let fits = matches!(parsed.scheme(), "https" | "http")
            && parsed.has_host()
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.query().is_none()
            && parsed.fragment().is_none();
        fits.then(|| Self(parsed.as_str().trim_end_matches('/').to_owned()))
    }

    fn pipeline(&self, message: &Message) -> String {
        format!("{}/pipelines/{}", self.0, message.pipeline)
    }
}

impl Format {
    /// A message in this form: one request, or with CDEvents one for each event that it comes to.
    pub fn requests(
        self,
        message: &Message,
        source: &Source,
        mode: CloudEventsMode,
    ) -> Vec<Outgoing> {
        match self {
            Self::Standard => vec![standard::request(message)],
            Self::Slack => vec![slack::request(message)],
            Self::Cdevents => cdevents::events(message, source)
                .iter()
                .map(|event| cloud_events::request(event, mode))
                .collect(),
        }
    }
}

impl Outgoing {
    /// The headers of Standard Webhooks 1.0.0 for a try at `timestamp`, in seconds since 1970.
    pub fn signed(&self, keys: &[SigningKey], timestamp: i64) -> Vec<(&'static str, String)> {
        if keys.is_empty() {
            return Vec::new();
        }
        vec![
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", timestamp.to_string()),
            (
                "webhook-signature",
                signatures(keys, &self.id, timestamp, &self.body),
            ),
        ]
    }
}
