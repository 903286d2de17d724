//! Which requests are sent again, and when.

use std::hash::BuildHasher as _;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::response::Broken;
use super::tls::is_about_tls;
use crate::options::Retry;

/// The most that is added to the time a host names, so that not all of its clients come back at
/// once.
const SPREAD_MAX: Duration = Duration::from_secs(2);

impl Retry {
    /// The delay before attempt `attempt` + 1 (attempts from 0) where the registry names none,
    /// or `None` to give up. It doubles each time; the last half of it is random.
    pub(crate) fn delay(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.times {
            return None;
        }
        let whole = self.delay.saturating_mul(1 << attempt.min(10));
        Some(whole / 2 + random_up_to(whole / 2))
    }

    /// How long a host is left alone that asked for it; `None` where that is too long to wait.
    pub(crate) fn pause(&self, asked: Duration) -> Option<Duration> {
        let spread = (asked / 4).min(SPREAD_MAX);
        (asked <= self.retry_after_max).then(|| asked + random_up_to(spread))
    }
}

/// Whether a request may be sent again after this answer: it was not carried out, or may be
/// carried out twice.
pub(crate) fn may_follow(status: StatusCode, idempotent: bool) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        // CNCF Distribution 2.8 answers 500 to who reads a manifest while somebody writes one of
        // its tags.
        StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => idempotent,
        _ => false,
    }
}

/// Whether a request may be sent again after no answer. A registry that fell silent was waited
/// for long enough, and a certificate will be no better the next time.
pub(crate) fn may_follow_failure(broken: &Broken, idempotent: bool) -> bool {
    match broken {
        Broken::Silent(_) => false,
        Broken::Connection(error) if error.is_builder() || is_about_tls(error) => false,
        Broken::Connection(error) => error.is_connect() || (idempotent && !error.is_timeout()),
    }
}

/// Whether an answer says that there are too many requests.
pub(crate) fn is_too_much(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE
}

/// How long a `Retry-After` asks to wait (RFC 9110, section 10.2.3): in seconds, or until a date,
/// by the clock of whoever wrote it where the answer has a `Date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    wait(text(RETRY_AFTER)?, now.unwrap_or_else(SystemTime::now))
}

/// Reads the value of a `Retry-After` header at the time `now`. A date that has passed is no wait.
pub(crate) fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// A random part of `most`. It only has to differ between processes and between calls.
fn random_up_to(most: Duration) -> Duration {
    let random = std::hash::RandomState::new().hash_one(0u8);
    most.mul_f64(random as f64 / u64::MAX as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_end() {
        let retry = Retry::default();
        for (attempt, most) in [(0, 250), (1, 500), (2, 1000)] {
            let most = Duration::from_millis(most);
            let delay = retry.delay(attempt).unwrap();
            assert!(most / 2 <= delay && delay <= most, "{delay:?}");
        }
        assert_eq!(retry.delay(3), None);
    }

    #[test]
    fn a_pause_is_never_shorter_than_asked_and_has_a_limit() {
        let retry = Retry::default();
        let asked = Duration::from_secs(20);
        let pause = retry.pause(asked).unwrap();
        assert!(asked <= pause && pause <= asked + SPREAD_MAX, "{pause:?}");
        assert_eq!(retry.pause(Duration::ZERO), Some(Duration::ZERO));
        assert_eq!(retry.pause(Duration::from_secs(31)), None);
    }

    #[test]
    fn clients_do_not_come_back_together() {
        let retry = Retry::default();
        let pauses = (0..8).map(|_| retry.pause(Duration::from_secs(20)).unwrap());
        let different: std::collections::HashSet<Duration> = pauses.collect();
        assert!(different.len() > 1);
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let date = "Fri, 31 Dec 1999 23:59:59 GMT";
        let then = httpdate::parse_http_date(date).unwrap();
        let seconds = Duration::from_secs;
        assert_eq!(wait("120", then), Some(seconds(120)));
        assert_eq!(wait(date, then - seconds(90)), Some(seconds(90)));
        assert_eq!(wait(date, then + seconds(90)), Some(Duration::ZERO));
        assert_eq!(
            wait("Friday, 31-Dec-99 23:59:59 GMT", then - seconds(9)),
            Some(seconds(9))
        );
        for bad in ["", "-1", "+1", "1.5", "soon", "99999999999999999999"] {
            assert_eq!(wait(bad, then), None, "{bad}");
        }
    }

    #[test]
    fn a_date_is_compared_with_the_date_of_its_answer() {
        let mut headers = HeaderMap::new();
        let set = |headers: &mut HeaderMap, name, value: &'static str| {
            headers.insert(name, value.parse().unwrap());
        };
        assert_eq!(retry_after(&headers), None);
        set(&mut headers, DATE, "Sat, 01 Jan 2000 00:00:00 GMT");
        set(&mut headers, RETRY_AFTER, "Sat, 01 Jan 2000 00:00:07 GMT");
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
    }

    #[test]
    fn what_may_have_been_done_is_not_done_twice() {
        let may =
            |status: u16, idempotent| may_follow(StatusCode::from_u16(status).unwrap(), idempotent);
        assert!(may(429, false) && may(503, true) && may(504, true) && may(408, true));
        assert!(may(500, true) && !may(500, false) && !may(501, true) && !may(404, true));
        assert!(!may(503, false) && !may(502, false));
    }
}
