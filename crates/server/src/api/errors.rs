//! Which status of HTTP a failure has. Its code is the same as on the command line.

use axum::http::StatusCode;
use liftlock_verbs::{Exit, Failure};

/// The status of a failure.
pub(crate) fn status(failure: &Failure) -> StatusCode {
    match (failure.code.as_ref(), failure.exit) {
        ("unknown" | "no-pipeline" | "no-promotion" | "not-found", _) => StatusCode::NOT_FOUND,
        ("not-allowed", _) => StatusCode::FORBIDDEN,
        ("unadopted" | "no-policy", _) => StatusCode::CONFLICT,
        ("too-large", _) => StatusCode::PAYLOAD_TOO_LARGE,
        // The status that the draft about keys of requests gives it.
        ("idempotency-key-reused", _) => StatusCode::UNPROCESSABLE_ENTITY,
        ("answer-lost" | "answer-not-kept", _) => StatusCode::CONFLICT,
        ("too-many-keys", _) => StatusCode::TOO_MANY_REQUESTS,
        // Refusals of what the world is like: nothing is wrong with the server.
        (
            "image-gone"
            | "cannot-sign"
            | "not-observed"
            | "drifted-further"
            | "nothing-to-return-to",
            _,
        ) => StatusCode::CONFLICT,
        (_, Exit::Usage) => StatusCode::BAD_REQUEST,
        (_, Exit::Refused | Exit::Waiting | Exit::Mismatch) => StatusCode::CONFLICT,
        // A registry that does not answer, or not as it should.
        ("unreachable" | "denied" | "content" | "registry" | "immutable", _) => {
            StatusCode::BAD_GATEWAY
        }
        ("contended" | "locked", _) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Exit::Done | Exit::Failed) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
