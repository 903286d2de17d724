//! How registries are spoken to.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of all clients. Nothing is read from the environment here: the caller decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// Hosts, as written in references, that are spoken to without TLS (what a user puts into
    /// `LIFTLOCK_PLAIN_HTTP`). Loopback hosts always are.
    pub plain_http: Vec<String>,
    /// Docker's `config.json`. `None`, or a file that does not exist: no credentials.
    pub docker_config: Option<PathBuf>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes of an answer.
    pub read_timeout: Duration,
    /// How failed requests are tried again.
    pub retry: Retry,
}

/// How requests are tried again that failed in passing.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How often after the first attempt.
    pub times: u32,
    /// The first delay; it doubles each time.
    pub delay: Duration,
    /// The longest `Retry-After` that is waited for; a longer one ends the attempts.
    pub retry_after_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            plain_http: Vec::new(),
            docker_config: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            retry: Retry::default(),
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 3,
            delay: Duration::from_millis(250),
            retry_after_max: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// The delay before attempt `attempt` + 1 (attempts from 0), or `None` to give up.
    pub(crate) fn delay(&self, attempt: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= self.times {
            return None;
        }
        match retry_after {
            Some(asked) if asked > self.retry_after_max => None,
            Some(asked) => Some(asked),
            None => Some(self.delay.saturating_mul(1 << attempt.min(10))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_end() {
        let retry = Retry::default();
        assert_eq!(retry.delay(0, None), Some(Duration::from_millis(250)));
        assert_eq!(retry.delay(2, None), Some(Duration::from_secs(1)));
        assert_eq!(retry.delay(3, None), None);
        let asked = |seconds| retry.delay(0, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(31), None);
    }
}
