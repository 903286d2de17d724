//! Killing a process at a request it makes.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use liftlock_testkit::{Answer, Arrival, Moment, Output, Process, Registry};

use crate::shop::Shop;

/// What became of a process that was to be killed at a point.
pub(crate) enum End {
    /// It was killed at this request.
    Killed(At),
    /// It ended before it came to that point.
    Survived(Output),
}

/// A point at which a process was killed.
#[derive(Debug, Clone)]
pub(crate) struct At {
    nth: usize,
    arrival: Arrival,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arrival {
            method,
            target,
            moment,
        } = &self.arrival;
        write!(
            f,
            "killed at point {}, {moment:?} {method} {target}",
            self.nth
        )
    }
}

/// What a killed process leaves behind at a request: how much it wrote to the registry, and what
/// the state's files are like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Left {
    writes: usize,
    files: Vec<Option<(u64, SystemTime)>>,
}

/// Counts points: requests, before they are done, and after those that change something, but only
/// one of those between which nothing was written anywhere, for what is left there is the same.
struct Points {
    state: PathBuf,
    last: Option<Left>,
    writes: usize,
    count: usize,
}

impl Points {
    /// The number of this point, from 0; `None` where it is the same as the last.
    fn number(&mut self, arrival: &Arrival) -> Option<usize> {
        let reads = matches!(arrival.method.as_str(), "GET" | "HEAD");
        if arrival.moment == Moment::After && !reads {
            self.writes += 1;
        }
        let files = ["state.db", "state.db-wal"].map(|name| {
            let there = fs::metadata(self.state.join(name)).ok()?;
            Some((there.len(), there.modified().ok()?))
        });
        let left = Left {
            writes: self.writes,
            files: files.to_vec(),
        };
        if self.last.as_ref() == Some(&left) {
            return None;
        }
        self.last = Some(left);
        self.count += 1;
        Some(self.count - 1)
    }
}

/// Runs the binary, and kills it at its point `nth`, from 0.
pub(crate) fn run_until(shop: &Shop, arguments: &[&str], nth: usize) -> End {
    let process: Arc<Mutex<Option<Process>>> = Arc::default();
    let killed: Arc<Mutex<Option<At>>> = Arc::default();
    let points = Mutex::new(Points {
        state: shop.world.folder().join(".liftlock"),
        last: None,
        writes: 0,
        count: 0,
    });
    let (target, record) = (Arc::clone(&process), Arc::clone(&killed));
    // Held until the process is known: its first request may come before that.
    let mut starting = process.lock().expect("a lock");
    let watcher = Arc::new(move |arrival: &Arrival| {
        if points.lock().expect("a lock").number(arrival) != Some(nth) {
            return Answer::Go;
        }
        *record.lock().expect("a lock") = Some(At {
            nth,
            arrival: arrival.clone(),
        });
        let target = target.lock().expect("a lock");
        target.as_ref().expect("the process").kill();
        Answer::Fail
    });
    for registry in shop.world.registries() {
        let watcher = Arc::clone(&watcher);
        registry.watch(move |arrival| watcher(arrival));
    }
    let started = shop.start(arguments);
    *starting = Some(started.clone());
    drop(starting);
    let output = started.wait();
    shop.world.registries().for_each(Registry::unwatch);
    match killed.lock().expect("a lock").take() {
        Some(at) => End::Killed(at),
        None => End::Survived(output),
    }
}
