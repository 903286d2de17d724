//! Whether bytes are canonical JSON, read once and written nowhere.
//!
//! Says yes only to what `canonical::check` says yes to, and no also to rare forms that are
//! canonical: object keys with escapes or beyond ASCII, whose order is that of UTF-16.

use crate::canonical::{DEPTH_MAX, INTEGER_MAX};

/// Whether `bytes` are canonical for certain.
pub(crate) fn is_canonical_for_certain(bytes: &[u8]) -> bool {
    // What is left is checked byte by byte, and strings are passed over as they are.
    let mut scan = Scan { bytes, at: 0 };
    str::from_utf8(bytes).is_ok() && scan.value(DEPTH_MAX) && scan.at == bytes.len()
}

/// A place in the bytes. Each method passes over what it is named after, or says no.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn byte(&mut self, expected: u8) -> bool {
        let is = self.next() == Some(expected);
        self.at += usize::from(is);
        is
    }

    fn word(&mut self, expected: &[u8]) -> bool {
        let is = self.bytes[self.at..].starts_with(expected);
        self.at += if is { expected.len() } else { 0 };
        is
    }

    fn value(&mut self, depth: usize) -> bool {
        match self.next() {
            Some(b'"') => self.string().is_some(),
            Some(b'{') => depth > 0 && self.object(depth - 1),
            Some(b'[') => depth > 0 && self.array(depth - 1),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.integer(),
        }
    }

    fn array(&mut self, depth: usize) -> bool {
        self.at += 1;
        if self.byte(b']') {
            return true;
        }
        loop {
            if !self.value(depth) {
                return false;
            }
            if !self.byte(b',') {
                return self.byte(b']');
            }
        }
    }

    fn object(&mut self, depth: usize) -> bool {
        self.at += 1;
        if self.byte(b'}') {
            return true;
        }
        let mut last: Option<&[u8]> = None;
        loop {
            let Some(key) = self.key() else { return false };
            // Of such keys the order of bytes is that of UTF-16 code units.
            if last.is_some_and(|last| last >= key) || !self.byte(b':') || !self.value(depth) {
                return false;
            }
            last = Some(key);
            if !self.byte(b',') {
                return self.byte(b'}');
            }
        }
    }

    /// A key of plain ASCII.
    fn key(&mut self) -> Option<&'a [u8]> {
        let key = self.string()?;
        let is_plain = key.is_ascii() && !key.contains(&b'\\');
        is_plain.then_some(key)
    }

    /// A string with as few escapes as there can be (RFC 8785, section 3.2.2.2): what is between
    /// its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        if !self.byte(b'"') {
            return None;
        }
        let from = self.at;
        loop {
            match self.next()? {
                b'"' => {
                    let text = &self.bytes[from..self.at];
                    self.at += 1;
                    return Some(text);
                }
                b'\\' => self.escape().then_some(())?,
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> bool {
        self.at += 1;
        match self.next() {
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                true
            }
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 1..self.at + 5);
                self.at += 5;
                digits.is_some_and(is_needed)
            }
            _ => false,
        }
    }

    /// An integer in its one form, within ±2^53.
    fn integer(&mut self) -> bool {
        let negative = self.byte(b'-');
        let from = self.at;
        let mut value = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.next() {
            let larger = value.saturating_mul(10);
            value = larger.saturating_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let leads = self.bytes.get(from) == Some(&b'0');
        let is_one = match self.at - from {
            0 => false,
            1 => !(leads && negative),
            _ => !leads,
        };
        is_one && value <= INTEGER_MAX
    }
}

/// Whether a control character has no shorter escape than these four digits.
fn is_needed(digits: &[u8]) -> bool {
    let [b'0', b'0', high @ (b'0' | b'1'), low] = digits else {
        return false;
    };
    let is_short = *high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
    matches!(low, b'0'..=b'9' | b'a'..=b'f') && !is_short
}
