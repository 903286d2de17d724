//! The order in which people look for numbered names: `v9` before `v10`.

use std::cmp::Ordering;

/// Compares names piece by piece: numbers by their value, all else by its bytes. Names that
/// differ only in leading zeros are compared by their bytes.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (left.first(), right.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (number(&mut left), number(&mut right));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            let order = x.cmp(y);
            (left, right) = (&left[1..], &right[1..]);
            order
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the digits at the start, and returns them without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|c| **c == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        let sorted = [
            "",
            "1.0",
            "1.0-rc1",
            "1.2",
            "1.10",
            "1.010",
            "build-9",
            "build-10",
            "build-99999999999999999999999",
            "build-100000000000000000000000",
            "latest",
            "v1",
            "v01",
            "v1a",
            "v2",
        ];
        for (at, name) in sorted.iter().enumerate() {
            for later in &sorted[at + 1..] {
                // `1.010` is `1.10` but for its zero, and a zero comes first by its bytes.
                if (*name, *later) == ("1.10", "1.010") || (*name, *later) == ("v1", "v01") {
                    assert_eq!(compare(name, later), name.cmp(later), "{name} {later}");
                } else {
                    assert_eq!(compare(name, later), Ordering::Less, "{name} {later}");
                }
            }
            assert_eq!(compare(name, name), Ordering::Equal);
        }
    }
}
