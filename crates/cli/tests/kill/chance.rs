//! The process is killed at any instant, and those that carry on, too.
//!
//! A few runs of each kind by default. `LIFTLOCK_KILLS=1000 cargo test -p liftlock-cli --test kill
//! chance -- --nocapture` makes as many in all, and says where processes were killed; the folder of
//! a run that ended badly is left as it is.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use liftlock_testkit::Output;

use crate::bad_release::carried_back;
use crate::good_release::carried_on;
use crate::shop::{CASES, Kind, Release, Shop};

/// How many runs there are in all; by default a few.
const RUNS: &str = "LIFTLOCK_KILLS";
const RUNS_DEFAULT: usize = 32;
const KINDS: usize = 4;

/// Whether a drill was asked for.
pub(crate) fn is_asked_for() -> bool {
    std::env::var_os(RUNS).is_some()
}

/// A linear congruential generator (constants of Knuth's MMIX): the same instants in each run, as
/// far as that is possible.
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as f64 / f64::from(u32::MAX)
    }

    fn below(&mut self, limit: Duration) -> Duration {
        limit.mul_f64(self.share())
    }
}

/// What became of the runs of a kind.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    /// By what the process said last.
    killed: BTreeMap<String, usize>,
    /// Processes that had ended by then.
    too_late: usize,
    ends: BTreeMap<String, usize>,
    /// The folder of a run that ended badly.
    left: Option<PathBuf>,
}

impl Tally {
    fn count(&mut self, output: &Output) {
        if output.code != 128 + 9 {
            self.too_late += 1;
            return;
        }
        let said = output.stderr.lines().last().unwrap_or("- nothing said yet");
        *self.killed.entry(step(said)).or_default() += 1;
    }

    #[expect(clippy::print_stdout, reason = "it is what a drill is run for")]
    fn tell(&self, kind: Kind) {
        let killed: usize = self.killed.values().sum();
        println!(
            "{kind:?}: {} runs, {killed} processes killed, {} had ended; {:?}",
            self.runs, self.too_late, self.ends
        );
        for (at, times) in &self.killed {
            println!("  {times:>4} {at}");
        }
        if let Some(folder) = &self.left {
            println!("  left as it is: {}", folder.display());
        }
    }
}

/// A line of progress without what differs from run to run: `begun: tag` or `ended: tag`.
fn step(line: &str) -> String {
    let Some((_, rest)) = line.split_once("] ") else {
        let words = line.split_whitespace().skip(1).take(2);
        return words.collect::<Vec<_>>().join(" ");
    };
    let what = rest.split_whitespace().next().unwrap_or_default();
    match rest.ends_with("...") {
        true => format!("begun: {what}"),
        false => format!("ended: {what}"),
    }
}

/// Starts the binary, and kills it after a while, if it still runs then.
fn killed_after(shop: &Shop, arguments: &[&str], delay: Duration) -> Output {
    let process = shop.start(arguments);
    std::thread::sleep(delay);
    process.kill();
    process.wait()
}

fn drill(kind: Kind, seed: u64) {
    let all = std::env::var(RUNS).map(|runs| runs.parse().expect(RUNS));
    let runs: usize = all.as_ref().copied().unwrap_or(RUNS_DEFAULT);
    let mut chance = Chance(seed);
    let mut tally = Tally::default();
    while tally.runs < runs.div_ceil(KINDS) {
        let (mut shop, _) = Shop::new(kind);
        let rounds = CASES.min(runs.div_ceil(KINDS) - tally.runs);
        let played = AssertUnwindSafe(|| play(&mut shop, rounds, &mut chance, &mut tally));
        if let Err(panic) = catch_unwind(played) {
            if all.is_ok() {
                tally.left = Some(shop.world.folder());
                std::mem::forget(shop);
            }
            tally.tell(kind);
            resume_unwind(panic);
        }
    }
    if all.is_ok() {
        tally.tell(kind);
    }
}

/// Some runs in a shop.
fn play(shop: &mut Shop, rounds: usize, chance: &mut Chance, tally: &mut Tally) {
    let mut current = shop.release();
    let started = Instant::now();
    shop.must(&["promote", &current.name, "--to", "staging"], &[0]);
    let limit = started.elapsed();
    for _ in 0..rounds {
        let new = shop.release();
        let bad = chance.share() < 0.5;
        shop.world.bad(if bad { &new.name } else { "" });
        let promote = ["promote", &new.name, "--to", "staging"];
        let delays = [chance.below(limit), chance.below(limit)];
        let case = format!("{:?}, run {}: after {delays:?}", shop.kind, tally.runs);
        tally.count(&killed_after(shop, &promote, delays[0]));
        tally.count(&killed_after(shop, &["tick"], delays[1]));
        tally.runs += 1;
        let end = ended(shop, (&current, &new), bad, &case);
        *tally.ends.entry(end).or_default() += 1;
        if !bad {
            current = new;
        }
    }
}

/// Carries on, and looks that everything is as it should be; how the promotion that was killed had
/// ended then.
fn ended(shop: &Shop, (current, new): (&Release, &Release), bad: bool, case: &str) -> String {
    shop.settle(&case);
    let outcomes = shop.outcomes(new);
    if bad {
        carried_back(shop, (current, new), &case);
    } else {
        carried_on(shop, (current, new), &case);
    }
    outcomes
        .first()
        .map_or("not begun", String::as_str)
        .to_owned()
}

#[test]
fn where_it_is_deployed() {
    drill(Kind::Deployed, 1);
}

#[test]
fn where_it_is_only_tagged() {
    drill(Kind::Tagged, 2);
}

#[test]
fn where_it_is_copied_first() {
    drill(Kind::Copied, 3);
}

#[test]
fn where_it_is_committed_and_signed() {
    drill(Kind::Committed, 4);
}
