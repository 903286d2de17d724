//! Limits of the server that an operator may set.

use crate::block::Block;
use crate::finding::Finding;
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(super) const LIMITS: Shape = Shape {
    name: "limits",
    what: "the server's limits",
    keys: &[
        "connections",
        "connections-per-address",
        "requests",
        "requests-per-second",
        "burst",
        "body-bytes",
        "event-streams",
    ],
    later: &[],
};

/// The highest that any of them can be.
const MAX: u32 = 1_000_000_000;

/// Limits that a server's file sets; what is not there is the default. None is zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many connections are open at once.
    pub connections: Option<u32>,
    /// How many of them come from one address.
    pub connections_per_address: Option<u32>,
    /// How many requests are at work at once.
    pub requests: Option<u32>,
    /// Requests a second, on average, from one address and of one actor.
    pub requests_per_second: Option<u32>,
    /// How many of them at once.
    pub burst: Option<u32>,
    /// The most bytes of a request's body where its route does not say otherwise.
    pub body_bytes: Option<u32>,
    /// How many streams of events are open at once.
    pub event_streams: Option<u32>,
}

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> ServerLimits {
    let mut limit = |key| {
        let node = block.get(key)?;
        let value: u32 = scalar::number(node, reader)?;
        if (1..=MAX).contains(&value) {
            return Some(value);
        }
        let message = format!("a limit is 1 to {MAX}");
        reader.report(Finding::new(node.at, message));
        None
    };
    ServerLimits {
        connections: limit("connections"),
        connections_per_address: limit("connections-per-address"),
        requests: limit("requests"),
        requests_per_second: limit("requests-per-second"),
        burst: limit("burst"),
        body_bytes: limit("body-bytes"),
        event_streams: limit("event-streams"),
    }
}
