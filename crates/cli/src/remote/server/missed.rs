//! Answers that do not come.

use std::time::Duration;

use liftlock_verbs::Failure;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often a request is sent again whose answer was lost.
const AGAIN_MAX: u32 = 6;

/// The pause before it is sent again for the first time; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest pause that a server can ask for.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Missed {
    /// The server said no, or what it said is no answer.
    Refused(Failure),
    /// The request did not get there.
    Unreached(Failure),
    /// Nobody knows whether the request got there, or it could not be answered now.
    Lost {
        failure: Failure,
        /// How long the server wants to be left alone.
        after: Option<Duration>,
    },
}

impl From<Failure> for Missed {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<Missed> for Failure {
    fn from(missed: Missed) -> Self {
        match missed {
            Missed::Refused(failure)
            | Missed::Unreached(failure)
            | Missed::Lost { failure, .. } => failure,
        }
    }
}

/// How often a request was sent again.
#[derive(Debug, Default)]
pub(super) struct Again(u32);

impl Again {
    /// The pause after which it is sent again.
    ///
    /// # Errors
    /// The failure where it is not: the server said no, was never reached, or is gone for too long.
    pub(super) fn after(&mut self, missed: Missed) -> Result<(Duration, Failure), Failure> {
        let (failure, wanted) = match missed {
            Missed::Lost { failure, after } => (failure, after),
            Missed::Unreached(failure) if self.0 > 0 => (failure, None),
            missed => return Err(missed.into()),
        };
        if self.0 == AGAIN_MAX {
            return Err(failure);
        }
        let pause = PAUSE * (1 << self.0);
        self.0 += 1;
        Ok((
            wanted.unwrap_or(pause).clamp(pause, PAUSE_MAX.max(pause)),
            failure,
        ))
    }
}

/// Whether a status says that the request could not be answered now: by the server, or by a proxy
/// before it.
pub(super) fn is_away(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(after: Option<u64>) -> Missed {
        Missed::Lost {
            failure: Failure::failed("broken-off", "it broke off"),
            after: after.map(Duration::from_secs),
        }
    }

    #[test]
    fn what_is_lost_is_sent_again_a_few_times() {
        let mut again = Again::default();
        let mut pauses = Vec::new();
        while let Ok((pause, _)) = again.after(lost(None)) {
            pauses.push(pause.as_millis());
        }
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000]);
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_wants_within_limits() {
        let mut again = Again::default();
        let mut after = |seconds| again.after(lost(Some(seconds))).unwrap().0.as_millis();
        assert_eq!([after(0), after(3), after(86_400)], [250, 3000, 10_000]);
    }

    #[test]
    fn what_was_refused_or_never_reached_anybody_is_not() {
        let failure = || Failure::failed("no", "no");
        let mut again = Again::default();
        assert!(again.after(Missed::Refused(failure())).is_err());
        assert!(again.after(Missed::Unreached(failure())).is_err());
        again.after(lost(None)).unwrap();
        // The server may be starting again.
        again.after(Missed::Unreached(failure())).unwrap();
        assert!(again.after(Missed::Refused(failure())).is_err());
    }
}
