//! How often someone may ask: a token bucket for each.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Rate;

/// How many are remembered. When there are more, those whose buckets are full again are forgotten
/// first, and then everyone.
const REMEMBERED_MAX: usize = 16_384;

/// A bucket for each key.
#[derive(Debug)]
pub(crate) struct Rates<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Eq + Hash> Rates<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes one from `key`'s bucket; where it is empty, how long until it has one again.
    pub(crate) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| self.tokens(bucket, now) < f64::from(self.rate.burst));
            if buckets.len() >= REMEMBERED_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: f64::from(self.rate.burst),
            at: now,
        });
        let tokens = self.tokens(bucket, now);
        let taken = tokens >= 1.0;
        *bucket = Bucket {
            tokens: if taken { tokens - 1.0 } else { tokens },
            at: now,
        };
        if taken {
            return Ok(());
        }
        let seconds = (1.0 - tokens) / f64::from(self.rate.per_second.max(1));
        Err(Duration::from_secs_f64(seconds))
    }

    fn tokens(&self, bucket: &Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        let filled = bucket.tokens + since * f64::from(self.rate.per_second);
        filled.min(f64::from(self.rate.burst))
    }
}

/// Whose bucket an address is: that of its /64 for IPv6, which one host has all of.
pub(crate) fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 2,
        burst: 3,
    };

    #[test]
    fn a_bucket_is_emptied_at_once_and_filled_slowly() {
        let rates = Rates::new(RATE);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(rates.take("a", start), Ok(()));
        }
        assert_eq!(rates.take("a", start), Err(Duration::from_millis(500)));
        assert_eq!(rates.take("b", start), Ok(()));
        let later = start + Duration::from_millis(500);
        assert_eq!(rates.take("a", later), Ok(()));
        assert!(rates.take("a", later).is_err());
        let much_later = start + Duration::from_secs(3600);
        let taken = (0..10).filter(|_| rates.take("a", much_later).is_ok());
        assert_eq!(taken.count(), 3);
    }

    #[test]
    fn who_is_remembered_is_limited() {
        let rates = Rates::new(RATE);
        let start = Instant::now();
        for key in 0..3 * REMEMBERED_MAX {
            assert_eq!(rates.take(key, start), Ok(()));
        }
        assert!(rates.buckets.lock().unwrap().len() <= REMEMBERED_MAX);
    }

    #[test]
    fn a_host_does_not_get_more_by_more_addresses() {
        let same = |a: &str, b: &str| key(a.parse().unwrap()) == key(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
    }
}
