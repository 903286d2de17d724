//! What the registry tells about the requests it answers.

use std::sync::Arc;

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The HTTP method.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The status of the answer; 0 where a fault closed the connection instead.
    pub status: u16,
    /// The names of the faults that touched it.
    pub faults: Vec<&'static str>,
    /// Why the registry itself failed, for a status of 500 and above: for its operator, since
    /// it may name folders; the client is not told.
    pub failure: Option<String>,
}

/// Called once for every answered request, from the thread that answers it: it must be quick.
pub type Observer = Arc<dyn Fn(&RequestLine) + Send + Sync>;
