//! Errors about who is asking, in the form of the API.

use axum::http::StatusCode;
use liftlock_identity::{
    AdministratorError, ExchangeError, LoginError, RecordsError, Refused, SetupError, TokenError,
};

use crate::problem::Problem;

/// What the store says is for the log alone.
fn problem(status: u16, code: &'static str, error: &dyn std::error::Error) -> Problem {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    tracing::info!(code, %error, "refused");
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let mut cause = error.source();
        while let Some(source) = cause {
            tracing::warn!(code, %source, "because");
            cause = source.source();
        }
        return Problem::new(status, code, error.to_string()).retry_after(RETRY_AFTER_S);
    }
    Problem::new(status, code, error.to_string())
}

/// After how many seconds it is worth trying again.
const RETRY_AFTER_S: u64 = 5;

macro_rules! problems {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                problem(error.status(), error.code(), &error)
            }
        }
    )*};
}

problems!(
    AdministratorError,
    ExchangeError,
    LoginError,
    Refused,
    SetupError,
    TokenError
);

impl From<RecordsError> for Problem {
    fn from(error: RecordsError) -> Self {
        problem(503, "identity-unavailable", &error)
    }
}
