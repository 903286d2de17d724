//! How things look as text, and as JSON.

pub(crate) mod board;
pub(crate) mod drift;
pub(crate) mod freezes;
pub(crate) mod history;
pub(crate) mod images;
pub(crate) mod natural;
pub(crate) mod overrides;
pub(crate) mod paint;
pub(crate) mod plan;
pub(crate) mod promotion;
pub(crate) mod release;
pub(crate) mod steps;
pub(crate) mod time;
pub(crate) mod verdicts;
pub(crate) mod watch;

/// A number of things: `1 image`, `2 images`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// A number of bytes as people read it: `163 B`, `1.50 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
