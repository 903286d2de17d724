//! How things look as text, and as JSON.

pub mod board;
pub mod drift;
pub mod freezes;
pub mod history;
pub mod images;
pub mod natural;
pub mod overrides;
pub mod paint;
pub mod plan;
pub mod promotion;
pub mod release;
pub mod steps;
pub mod time;
pub mod verdicts;
pub mod watch;
pub mod workers;

/// A number of things: `1 image`, `2 images`.
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// A number of bytes as people read it: `163 B`, `1.50 MiB`.
pub fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}
