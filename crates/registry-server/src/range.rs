//! Ranges of bytes that are asked for (RFC 9110, section 14).

use axum::http::header::{IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue};

/// What a request wants of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it.
    Whole,
    /// The bytes from `first` to `last`, both included.
    Part { first: u64, last: u64 },
    /// A range that has no byte of it.
    Nothing,
}

/// Reads `Range`. Several ranges at once and other units than bytes are answered with the whole,
/// as the RFC allows; so is a range of another content than this, which `If-Range` names.
pub(crate) fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let Some(range) = headers.get(RANGE).and_then(text) else {
        return Wanted::Whole;
    };
    let of_this = |value| text(value).is_some_and(|value| value == tag);
    if !headers.get(IF_RANGE).is_none_or(of_this) {
        return Wanted::Whole;
    }
    let set = range.strip_prefix("bytes=").map(str::trim);
    match set.and_then(|set| set.split_once('-')) {
        Some(("", suffix)) => last_bytes(suffix, size),
        Some((first, last)) => from_to(first, last, size),
        None => Wanted::Whole,
    }
}

fn last_bytes(suffix: &str, size: u64) -> Wanted {
    match suffix.parse::<u64>() {
        Ok(0) => Wanted::Nothing,
        Ok(_) if size == 0 => Wanted::Nothing,
        Ok(count) => Wanted::Part {
            first: size.saturating_sub(count),
            last: size - 1,
        },
        Err(_) => Wanted::Whole,
    }
}

fn from_to(first: &str, last: &str, size: u64) -> Wanted {
    let last = match last {
        "" => Ok(u64::MAX),
        last => last.parse::<u64>(),
    };
    match (first.parse::<u64>(), last) {
        (Ok(first), Ok(last)) if first < size && first <= last => Wanted::Part {
            first,
            last: last.min(size - 1),
        },
        (Ok(_), Ok(_)) => Wanted::Nothing,
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, size: u64, expected: Wanted) {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
        assert_eq!(
            wanted(&headers, size, "\"x\""),
            expected,
            "{range} of {size}"
        );
    }

    #[test]
    fn one_range_of_bytes_is_understood() {
        let part = |first, last| Wanted::Part { first, last };
        check("bytes=0-0", 10, part(0, 0));
        check("bytes=2-5", 10, part(2, 5));
        check("bytes=2-", 10, part(2, 9));
        check("bytes=2-99", 10, part(2, 9));
        check("bytes=-3", 10, part(7, 9));
        check("bytes=-99", 10, part(0, 9));
        check("bytes=10-", 10, Wanted::Nothing);
        check("bytes=10-12", 10, Wanted::Nothing);
        check("bytes=5-2", 10, Wanted::Nothing);
        check("bytes=-0", 10, Wanted::Nothing);
        check("bytes=0-", 0, Wanted::Nothing);
        check("bytes=-1", 0, Wanted::Nothing);
        for whole in [
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=x-1",
            "bytes=",
            "bytes=-x",
            "x",
        ] {
            check(whole, 10, Wanted::Whole);
        }
    }

    #[test]
    fn a_range_of_other_content_is_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=1-2"));
        headers.insert(IF_RANGE, HeaderValue::from_static("\"x\""));
        let part = Wanted::Part { first: 1, last: 2 };
        assert_eq!(wanted(&headers, 10, "\"x\""), part);
        assert_eq!(wanted(&headers, 10, "\"y\""), Wanted::Whole);
    }
}
