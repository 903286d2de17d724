//! When a message that was not taken is tried again, and when it is given up.

use std::time::Duration;

use liftlock_core::{Span, Time};

/// How often a message is tried that the receiver says it does not take.
pub const REFUSED_TRIES: u32 = 3;

/// How long is waited after the first try, about.
const FIRST: Duration = Duration::from_secs(5);
/// The longest that is waited, about, unless the receiver asks for more.
const LONGEST: Duration = Duration::from_secs(3600);
/// The longest wait that a receiver may ask for.
const ASKED_MAX: Duration = Duration::from_secs(6 * 3600);

/// How long a message is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// At most so often.
    pub tries: u32,
    /// At most for so long after the first try.
    pub give_up_after: Span,
}

impl Pace {
    /// When to try again after `tries` tries in vain since `since`; `None`: not any more. `chance`
    /// is any number, and spreads what fails at once.
    pub(super) fn again(
        self,
        (tries, since): (u32, Time),
        (retry_after, refused): (Option<Duration>, bool),
        now: Time,
        chance: u64,
    ) -> Option<Time> {
        let tries_max = if refused {
            self.tries.min(REFUSED_TRIES)
        } else {
            self.tries
        };
        if tries >= tries_max || now.since(since) >= self.give_up_after {
            return None;
        }
        Some(now + wait(tries, retry_after, chance))
    }
}

/// Doubled with each try, of which the second half is by chance; never less than was asked for.
pub(super) fn wait(tries: u32, retry_after: Option<Duration>, chance: u64) -> Span {
    let doubled = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(20));
    let half = doubled.min(LONGEST).as_micros() as i64 / 2;
    let by_chance = (chance % (half as u64 + 1)) as i64;
    let asked = retry_after.unwrap_or_default().min(ASKED_MAX).as_micros() as i64;
    // Those who were asked to wait as long do not all come at once either.
    let asked = if asked > 0 { asked + by_chance } else { 0 };
    Span::from_us((half + by_chance).max(asked))
}

/// How long a `Retry-After` asks to wait (RFC 9110, section 10.2.3) at the time `now`, in seconds
/// since 1970: seconds, or a date. One that cannot be read asks for nothing.
pub(super) fn retry_after(value: &str, now: i64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit ask for the longest.
        return Some(value.parse().map_or(ASKED_MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_secs(now.unsigned_abs());
    Some(date.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_half_of_each_is_chance() {
        for (tries, secs) in [(1, 5), (2, 10), (5, 80), (10, 2560), (11, 3600), (40, 3600)] {
            let whole = Span::from_secs(secs).us();
            for chance in [0, 1, 77_777, u64::MAX] {
                let wait = wait(tries, None, chance).us();
                assert!((whole / 2..=whole).contains(&wait), "{tries}: {wait}");
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_waited_up_to_six_hours() {
        let asked = |secs| wait(1, Some(Duration::from_secs(secs)), 0);
        assert_eq!(asked(0), Span::from_us(2_500_000));
        assert_eq!(asked(7200), Span::from_secs(7200));
        assert_eq!(asked(u64::MAX), Span::from_secs(6 * 3600));
    }

    #[test]
    fn a_message_is_given_up_after_its_tries_or_its_time() {
        let pace = Pace {
            tries: 5,
            give_up_after: Span::from_secs(100),
        };
        let start = Time::from_us(0);
        let at = |secs| start + Span::from_secs(secs);
        let goes_on = |tries, refused, secs| {
            pace.again((tries, start), (None, refused), at(secs), 0)
                .is_some()
        };
        assert!(goes_on(4, false, 99));
        assert!(!goes_on(5, false, 99));
        assert!(!goes_on(1, false, 100));
        assert!(goes_on(2, true, 1));
        assert!(!goes_on(3, true, 1));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 120 ", 0), Some(Duration::from_secs(120)));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(retry_after(date, 784_111_770), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(date, 784_111_999), Some(Duration::ZERO));
        assert_eq!(retry_after(&"9".repeat(30), 0), Some(ASKED_MAX));
        for odd in ["soon", "-1", "1.5"] {
            assert_eq!(retry_after(odd, 0), None, "{odd}");
        }
    }
}
