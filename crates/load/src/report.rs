//! What was measured, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clients::{Answered, Ask};
use crate::cold::Cold;
use crate::flat::{QUESTIONS, Row};
use crate::latency::Spread;
use crate::options::Kind;
use crate::recorded::Recorded;

/// All about one database.
pub(crate) struct Measured {
    pub(crate) kind: Kind,
    /// Entries of the ledger before and after.
    pub(crate) entries: (u64, u64),
    /// Bytes on disk before and after.
    pub(crate) bytes: (u64, u64),
    pub(crate) cold: Cold,
    pub(crate) flat: Vec<Row>,
    pub(crate) answered: Answered,
    pub(crate) load: Load,
    pub(crate) recorded: Recorded,
    /// How long the product took to verify the ledger, where it was asked to.
    pub(crate) verified: Option<Duration>,
}

/// What was used while clients asked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) server_s: f64,
    pub(crate) database_s: f64,
    pub(crate) clients_s: f64,
    pub(crate) registry_s: f64,
    pub(crate) memory_mean_kib: u64,
    pub(crate) memory_max_kib: u64,
}

impl Measured {
    /// Whether everything that was answered as done is recorded, and nothing else was answered.
    pub(crate) fn is_whole(&self) -> bool {
        let recorded = [self.recorded.evidence, self.recorded.approvals];
        let answered = [Ask::Evidence, Ask::Approval].map(|ask| self.answered.count(ask));
        recorded == answered && self.answered.others.is_empty()
    }

    fn a_second(&self, count: u64) -> f64 {
        count as f64 / self.answered.within.as_secs_f64()
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let (before, after) = self.entries;
        let (bytes_before, bytes_after) = self.bytes;
        writeln!(
            out,
            "\n{}: {before} entries, {}",
            self.kind.name(),
            mb(bytes_before)
        )?;
        let Cold {
            ready,
            looked,
            boards,
            each,
            used,
        } = &self.cold;
        writeln!(
            out,
            "  ready after {}; the worker had looked at all pipelines after {}",
            s(*ready),
            s(*looked)
        )?;
        writeln!(
            out,
            "  every board once: {} ({}); then {} of memory, {:.1} s of processor",
            s(*boards),
            spread(each),
            mib(used.memory_kib),
            used.processor_s
        )?;
        for row in &self.flat {
            write!(out, "  {:>7} events:", row.events)?;
            for (question, answer) in QUESTIONS.iter().zip(&row.answers) {
                write!(
                    out,
                    " {question} {:.1} ms (p99 {:.1})",
                    answer.p50_ms, answer.p99_ms
                )?;
            }
            writeln!(out)?;
        }
        for ask in Ask::ALL {
            let latencies = self.answered.done.get(&ask).cloned().unwrap_or_default();
            self.line(out, ask.name(), &latencies.spread())?;
        }
        self.line(out, "together", &self.answered.together().spread())?;
        for ((ask, status), count) in &self.answered.others {
            writeln!(out, "  {}: {count} answered {status}", ask.name())?;
        }
        let Load {
            server_s,
            database_s,
            clients_s,
            registry_s,
            memory_mean_kib,
            memory_max_kib,
        } = self.load;
        writeln!(
            out,
            "  processor in {}: server {server_s:.1} s, database {database_s:.1} s, registry {registry_s:.1} s, clients {clients_s:.1} s",
            s(self.answered.within)
        )?;
        writeln!(
            out,
            "  server's memory: {} on average, {} at most",
            mib(memory_mean_kib),
            mib(memory_max_kib)
        )?;
        let Recorded {
            evidence,
            approvals,
            others,
        } = self.recorded;
        let whole = if self.is_whole() {
            "all that was answered"
        } else {
            "NOT WHAT WAS ANSWERED"
        };
        writeln!(
            out,
            "  recorded: {evidence} evidence, {approvals} approvals ({whole}), {others} others; {after} entries, {}",
            mb(bytes_after)
        )?;
        match self.verified {
            Some(took) => writeln!(out, "  `liftlock log verify` passed in {}", s(took)),
            None => writeln!(out, "  not verified"),
        }
    }

    fn line(&self, out: &mut String, name: &str, found: &Spread) -> std::fmt::Result {
        let rate = self.a_second(found.count as u64);
        writeln!(out, "  {name:<9} {rate:>7.1} a second, {}", spread(found))
    }

    /// For programs.
    pub(crate) fn document(&self) -> Value {
        let asked = |ask: Ask| {
            let latencies = self.answered.done.get(&ask).cloned().unwrap_or_default();
            self.asked(&latencies.spread())
        };
        let others = self.answered.others.iter().map(|((ask, status), count)| {
            json!({ "asked": ask.name(), "status": status, "count": count })
        });
        let flat = self.flat.iter().map(|row| {
            let mut document = json!({ "events": row.events });
            for (question, answer) in QUESTIONS.iter().zip(&row.answers) {
                document[*question] = answer.document();
            }
            document
        });
        json!({
            "database": self.kind.name(),
            "entries": { "before": self.entries.0, "after": self.entries.1 },
            "bytes": { "before": self.bytes.0, "after": self.bytes.1 },
            "cold": {
                "ready_s": self.cold.ready.as_secs_f64(),
                "looked_at_all_s": self.cold.looked.as_secs_f64(),
                "boards_s": self.cold.boards.as_secs_f64(),
                "board": self.cold.each.document(),
                "memory_kib": self.cold.used.memory_kib,
                "memory_max_kib": self.cold.used.memory_max_kib,
                "processor_s": self.cold.used.processor_s,
            },
            "histories": flat.collect::<Vec<_>>(),
            "load": {
                "within_s": self.answered.within.as_secs_f64(),
                "evidence": asked(Ask::Evidence),
                "status": asked(Ask::Status),
                "approval": asked(Ask::Approval),
                "together": self.asked(&self.answered.together().spread()),
                "others": others.collect::<Vec<_>>(),
                "server_s": self.load.server_s,
                "database_s": self.load.database_s,
                "clients_s": self.load.clients_s,
                "registry_s": self.load.registry_s,
                "memory_mean_kib": self.load.memory_mean_kib,
                "memory_max_kib": self.load.memory_max_kib,
            },
            "recorded": {
                "evidence": self.recorded.evidence,
                "approvals": self.recorded.approvals,
                "others": self.recorded.others,
                "whole": self.is_whole(),
            },
            "verified_s": self.verified.map(|took| took.as_secs_f64()),
        })
    }

    fn asked(&self, found: &Spread) -> Value {
        let mut document = found.document();
        document["a_second"] = json!(self.a_second(found.count as u64));
        document
    }
}

fn spread(found: &Spread) -> String {
    let Spread {
        count,
        p50_ms,
        p99_ms,
        max_ms,
    } = found;
    format!("p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.0} ms of {count}")
}

fn s(span: Duration) -> String {
    format!("{:.2} s", span.as_secs_f64())
}

fn mib(kib: u64) -> String {
    format!("{} MiB", kib / 1024)
}

fn mb(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}
