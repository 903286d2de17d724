//! The loop on a workplace whose time passes when everyone waits, and that counts what it is asked.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::worker::Stop;
use crate::{EngineError, TickReport};

struct Counted {
    now: Mutex<Time>,
    until: Time,
    stop: Stop,
    wake: Wake,
    pipelines: usize,
    reads: AtomicUsize,
    ticks: Mutex<BTreeMap<PipelineName, usize>>,
    /// At which time which pipeline gets which version.
    recorded: Vec<(Time, PipelineName, u64)>,
    /// When a hint comes for which pipeline.
    hints: Vec<(Time, PipelineName)>,
    /// Ticks of this one fail, and those of this one go on for ever.
    broken: Option<PipelineName>,
    endless: Option<PipelineName>,
}

fn name(n: usize) -> PipelineName {
    format!("shop-{n}").parse().unwrap()
}

fn at(secs: i64) -> Time {
    Time::from_us(1_700_000_000_000_000) + Span::from_secs(secs)
}

impl Counted {
    fn new(pipelines: usize, secs: i64) -> Self {
        Self {
            now: Mutex::new(at(0)),
            until: at(secs),
            stop: Stop::default(),
            wake: Wake::default(),
            pipelines,
            reads: AtomicUsize::new(0),
            ticks: Mutex::default(),
            recorded: Vec::new(),
            hints: Vec::new(),
            broken: None,
            endless: None,
        }
    }

    fn ticks(&self, n: usize) -> usize {
        self.ticks
            .lock()
            .unwrap()
            .get(&name(n))
            .copied()
            .unwrap_or(0)
    }

    fn run(&self, pace: &Pace) -> Vec<String> {
        let told = Mutex::new(Vec::new());
        let tell = |work: &Work<'_>| told.lock().unwrap().push(format!("{work:?}"));
        futures_util::FutureExt::now_or_never(work(self, pace, (&self.wake, &self.stop), &tell))
            .expect("time passes only when all wait");
        told.into_inner().unwrap()
    }
}

impl Workplace for Counted {
    fn now(&self) -> Time {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, span: Span) {
        let mut now = self.now.lock().unwrap();
        let before = *now;
        *now = before + span.left_after(Span::ZERO);
        let passed = self
            .hints
            .iter()
            .filter(|(at, _)| before < *at && *at <= *now);
        passed.for_each(|(_, pipeline)| self.wake.wake(pipeline));
        if *now >= self.until {
            self.stop.set();
        }
    }

    async fn pipelines(&self) -> Result<Vec<String>, StoreError> {
        Ok((0..self.pipelines).map(|n| name(n).to_string()).collect())
    }

    async fn changes(&self, _from: u64) -> Result<Changes, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let recorded = self.recorded.iter().filter(|(at, ..)| *at <= now);
        Ok(Changes {
            size: 0,
            pipelines: recorded
                .map(|(_, pipeline, version)| (pipeline.to_string(), *version))
                .collect(),
        })
    }

    async fn tick(&self, pipeline: &PipelineName, _stop: &Stop) -> Result<Ticked, WorkError> {
        *self
            .ticks
            .lock()
            .unwrap()
            .entry(pipeline.clone())
            .or_default() += 1;
        if self.broken.as_ref() == Some(pipeline) {
            let (pipeline, tries) = (pipeline.to_string(), 20);
            return Err(EngineError::Contended { pipeline, tries }.into());
        }
        if self.endless.as_ref() == Some(pipeline) {
            std::future::pending::<()>().await;
        }
        Ok(Ticked::Done(Box::new(TickReport {
            expired: Vec::new(),
            carried: Vec::new(),
            waiting: Vec::new(),
            failed: Vec::new(),
            unasked: Vec::new(),
            observations: Vec::new(),
            looked: Vec::new(),
            unlooked: Vec::new(),
            unproven: Vec::new(),
            next: None,
            from: 0,
            state: std::sync::Arc::default(),
        })))
    }
}

#[test]
fn a_thousand_idle_pipelines_cost_one_read_every_other_second() {
    let place = Counted::new(1000, 3600);
    let told = place.run(&Pace::default());
    assert_eq!(place.ticks.lock().unwrap().len(), 1000);
    assert!(
        (0..1000).all(|n| place.ticks(n) == 1),
        "each is looked at once"
    );
    let reads = place.reads.load(Ordering::Relaxed);
    assert!((1795..=1802).contains(&reads), "{reads} reads in an hour");
    assert!(told.last().unwrap().contains("Stopped { left: 0 }"));
}

#[test]
fn only_the_pipeline_that_something_is_recorded_in_is_looked_at() {
    let mut place = Counted::new(100, 600);
    place.recorded = vec![
        (at(100), name(7), 1),
        (at(200), name(7), 2),
        (at(300), name(500), 1),
    ];
    place.run(&Pace::default());
    // The state of these ticks never gets older than nothing, so what is new stays new: it is looked
    // at once each time the store says so, and never before.
    assert!(
        place.ticks(7) > 2 && place.ticks(500) > 1,
        "also one that is new"
    );
    assert!((0..100).filter(|n| *n != 7).all(|n| place.ticks(n) == 1));
}

#[test]
fn what_fails_is_tried_again_ever_more_seldom_and_stops_nothing_else() {
    let mut place = Counted::new(10, 3600);
    place.broken = Some(name(3));
    let told = place.run(&Pace::default());
    let tries = place.ticks(3);
    assert!((12..40).contains(&tries), "{tries} tries in an hour");
    assert_eq!(place.ticks(4), 1);
    assert!(told.iter().any(|told| told.contains("Failed")));
}

#[test]
fn who_is_stopped_waits_only_so_long_for_what_does_not_end() {
    let mut place = Counted::new(10, 60);
    place.endless = Some(name(3));
    let told = place.run(&Pace::default());
    let left = told.last().unwrap();
    assert!(
        left.contains("Stopped { left:") && !left.contains("left: 0"),
        "{left}"
    );
    let waited = place.now().since(place.until);
    assert!(waited >= Span::from_secs(25), "{waited}");
}

#[test]
fn a_hint_is_followed_at_once_and_one_for_what_is_not_known_changes_nothing() {
    let mut place = Counted::new(10, 60);
    place.hints = vec![(at(20), name(5)), (at(30), name(999))];
    place.run(&Pace::default());
    assert_eq!(
        (place.ticks(5), place.ticks(6), place.ticks(999)),
        (2, 1, 0)
    );
}
