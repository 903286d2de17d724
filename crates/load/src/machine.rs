//! What the figures were measured on.

use std::fs;
use std::thread;

use serde_json::{Value, json};

/// A machine, as it says itself.
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
    /// How many wanted to run when it began: more than none, and it is shared.
    busy: String,
}

impl Machine {
    /// This one.
    pub(crate) fn describe() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let name = processors
            .lines()
            .find(|line| line.starts_with("model name"));
        let name = name.and_then(|line| line.split(':').nth(1));
        Self {
            cores: thread::available_parallelism().map_or(0, usize::from),
            processor: name.unwrap_or("unknown").trim().to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            busy: read("/proc/loadavg")
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        format!(
            "{} cores of {}, Linux {}, load {} before; clients, registry and database on the same machine",
            self.cores, self.processor, self.kernel, self.busy
        )
    }

    /// For programs.
    pub(crate) fn document(&self) -> Value {
        json!({ "cores": self.cores, "processor": self.processor, "kernel": self.kernel,
            "load_before": self.busy })
    }
}
