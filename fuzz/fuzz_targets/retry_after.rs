//! `Retry-After`: seconds or a date.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use liftlock_registry::parse::retry_after;

/// 1999-12-31T23:59:59Z.
const NOW: Duration = Duration::from_secs(946_684_799);
/// The longest wait for a date: HTTP's dates have years of four digits.
const YEARS_MAX: Duration = Duration::from_secs(10_000 * 366 * 86_400);

fuzz_target!(|value: &str| {
    let now = SystemTime::UNIX_EPOCH + NOW;
    let Some(wait) = retry_after(value, now) else {
        return;
    };
    let value = value.trim();
    assert_eq!(wait.subsec_nanos(), 0);
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = value.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        assert_eq!(wait.as_secs().to_string(), digits);
    } else {
        assert!(wait <= YEARS_MAX);
        // As time goes by the wait for a date gets shorter, and never starts anew.
        let later = retry_after(value, now + Duration::from_secs(60));
        assert_eq!(later, Some(wait.saturating_sub(Duration::from_secs(60))));
    }
});
