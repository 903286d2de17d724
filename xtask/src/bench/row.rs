//! What a client's runs came to.

use serde_json::{Value, json};

use super::figures::Spread;
use super::measure::Usage;

/// Whom a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The product.
    Ours,
    /// Another client that does the same.
    Peer,
    /// Something that cannot be beaten: it does less.
    Floor,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) usage: Usage,
    /// Requests to all registries, and for tokens.
    pub(super) requests: usize,
}

/// A client's runs.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) standing: Standing,
    pub(super) runs: Vec<Run>,
    /// What kept it from doing it.
    pub(super) trouble: Option<String>,
}

/// A case's rows.
#[derive(Debug)]
pub(super) struct Played {
    /// What was done.
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

impl Row {
    /// Of a client that has not run yet.
    pub(super) fn new(name: &str, standing: Standing) -> Self {
        Self {
            name: name.to_owned(),
            standing,
            runs: Vec::new(),
            trouble: None,
        }
    }

    /// A figure over all runs.
    pub(super) fn spread(&self, figure: impl Fn(&Run) -> f64) -> Option<Spread> {
        Spread::of(self.runs.iter().map(figure))
    }

    fn document(&self) -> Value {
        json!({
            "client": self.name,
            "standing": match self.standing {
                Standing::Ours => "ours",
                Standing::Peer => "peer",
                Standing::Floor => "floor",
            },
            "runs": self.runs.len(),
            "requests": self.spread(requests),
            "wall_s": self.spread(wall_s),
            "cpu_s": self.spread(cpu_s),
            "rss_kib": self.spread(rss_kib),
            "trouble": self.trouble,
        })
    }
}

impl Played {
    /// For programs.
    pub(super) fn document(&self, case: &str) -> Value {
        let rows: Vec<_> = self.rows.iter().map(Row::document).collect();
        json!({ "case": case, "title": self.title, "rows": rows })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are small")]
pub(super) fn requests(run: &Run) -> f64 {
    run.requests as f64
}

pub(super) fn wall_s(run: &Run) -> f64 {
    run.usage.wall_s
}

/// User and system time of all processes together.
pub(super) fn cpu_s(run: &Run) -> f64 {
    run.usage.user_s + run.usage.system_s
}

/// Of the largest process.
#[expect(clippy::cast_precision_loss, reason = "no process here has 2^53 KiB")]
pub(super) fn rss_kib(run: &Run) -> f64 {
    run.usage.rss_kib as f64
}
