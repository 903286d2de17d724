//! How things look as text, and as JSON.

pub(crate) mod board;
pub(crate) mod history;
pub(crate) mod paint;
pub(crate) mod plan;
pub(crate) mod promotion;
pub(crate) mod release;
pub(crate) mod time;
pub(crate) mod verdicts;
