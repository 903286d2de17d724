//! Connections that close.

use std::fmt;

use axum::body::Body;
use axum::response::Response;

/// A connection that is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFault {
    /// At once: nothing of what the request asks is done, and its body is not read.
    Close,
    /// Once all is done that the request asks.
    LoseAnswer,
}

/// Marks an answer that is not to be sent: the connection is closed in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Severed;

impl fmt::Display for Severed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without an answer, as a fault wants it")
    }
}

impl std::error::Error for Severed {}

impl ConnectionFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::LoseAnswer => "lose-answer",
        }
    }

    pub(crate) fn before(self) -> Option<Response> {
        (self == Self::Close).then(severed)
    }

    pub(crate) fn after(self, _answer: Response) -> Response {
        severed()
    }
}

fn severed() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Severed);
    response
}
