//! What a program prints, bounded.

use std::collections::VecDeque;

/// What the line that stands for the cut part takes at most, in bytes.
const MARK_BYTES_MAX: usize = 64;

/// Keeps the beginning and the end of a stream, and cuts its middle.
#[derive(Debug)]
pub(crate) struct Bounded {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_max: usize,
    tail_max: usize,
    cut: u64,
}

impl Bounded {
    /// Keeps at most `max` bytes, the line that says what was cut among them.
    pub(crate) fn new(max: usize) -> Self {
        let head_max = max / 2;
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            head_max,
            tail_max: (max - head_max).saturating_sub(MARK_BYTES_MAX),
            cut: 0,
        }
    }

    /// Takes more bytes in.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.head_max - self.head.len();
        let (head, rest) = bytes.split_at(bytes.len().min(room));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(self.tail_max);
        self.tail.drain(..over);
        self.cut += over as u64;
    }

    /// Whether something was cut.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut > 0
    }

    /// The kept bytes, with a line in place of what was cut.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut all = self.head;
        if self.cut > 0 {
            all.extend_from_slice(format!("\n[{} bytes cut here]\n", self.cut).as_bytes());
        }
        all.extend(self.tail);
        all
    }
}

/// The last line with something on it, as one line of at most 300 characters.
pub(crate) fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(&output[output.len().saturating_sub(4096)..]).into_owned();
    let line = text.lines().rev().map(str::trim).find(|l| !l.is_empty());
    one_line(line.unwrap_or("it printed nothing"))
}

/// `text` without control characters, at most 300 characters of it.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_cut_and_said() {
        let mut output = Bounded::new(1000);
        output.push(b"first");
        for _ in 0..300 {
            output.push(b"0123456789");
        }
        output.push(b"last");
        assert!(output.is_cut());
        let kept = output.finish();
        assert!(kept.len() <= 1000, "{}", kept.len());
        assert!(kept.starts_with(b"first0123"));
        assert!(kept.ends_with(b"789last"));
        let text = String::from_utf8(kept).unwrap();
        let (head, rest) = text.split_once("\n[").unwrap();
        let (cut, tail) = rest.split_once(" bytes cut here]\n").unwrap();
        let cut: usize = cut.parse().unwrap();
        assert_eq!(head.len() + cut + tail.len(), 5 + 3000 + 4);
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let mut output = Bounded::new(1000);
        output.push(&[b'a'; 600]);
        output.push(&[b'b'; 300]);
        assert!(!output.is_cut());
        assert_eq!(output.finish().len(), 900);
    }

    #[test]
    fn the_last_line_is_one_line() {
        assert_eq!(last_line(b"one\ntwo\x1b[0m\n\n  \n"), "two [0m");
        assert_eq!(last_line(b"\n"), "it printed nothing");
    }
}
