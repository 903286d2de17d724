//! `simulation`: lives through many worlds, and says which seed breaks an invariant.
#![allow(clippy::print_stdout, reason = "a program that shows what it finds")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use liftlock_simulation::{Outcome, Statistics, run};

/// How much of a failing seed's story is shown.
const LAST_LINES: usize = 60;

/// So many worlds must come by everything that there is to come by.
const MANY: u64 = 500;

/// Lives through worlds of the real engine on simulated ports, one for each seed.
#[derive(Parser)]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this one.
    #[arg(long, conflicts_with_all = ["seeds", "from", "minutes"])]
    seed: Option<u64>,
    /// Tells the whole story of each world.
    #[arg(long)]
    trace: bool,
    /// Goes on for so many minutes, whatever the number of worlds.
    #[arg(long, conflicts_with = "seeds")]
    minutes: Option<u64>,
    /// Goes on after a failing seed, and lists all of them.
    #[arg(long)]
    all: bool,
    /// Shows everything that was counted.
    #[arg(long)]
    counts: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let within = arguments
        .minutes
        .map(|minutes| Duration::from_secs(60 * minutes));
    let (from, count) = match (arguments.seed, within) {
        (Some(seed), _) => (seed, 1),
        (None, Some(_)) => (arguments.from, u64::MAX),
        (None, None) => (arguments.from, arguments.seeds),
    };
    let mut statistics = Statistics::default();
    let (mut worlds, mut failed) = (0u64, 0u64);
    for seed in (from..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        if within.is_some_and(|within| started.elapsed() >= within) {
            break;
        }
        let outcome = run(seed, arguments.trace);
        worlds += 1;
        statistics.add(&outcome.statistics);
        if arguments.trace {
            outcome.story.iter().for_each(|line| println!("{line}"));
        }
        if outcome.breach.is_some() {
            failed += 1;
            report(&outcome, arguments.trace || arguments.all);
            if !arguments.all {
                break;
            }
        }
    }
    if arguments.counts {
        statistics
            .counts()
            .for_each(|(what, count)| println!("{count:>10}  {what}"));
    }
    let unreached = if worlds < MANY {
        Vec::new()
    } else {
        statistics.unreached()
    };
    for what in &unreached {
        println!("never came by: {what}");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{worlds} worlds in {seconds:.1} s: {statistics}");
    if failed > 0 {
        println!("{failed} of {worlds} seeds failed");
    }
    if failed == 0 && unreached.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Which seed failed, how, and how to see it again.
fn report(outcome: &Outcome, briefly: bool) {
    let Some(breach) = &outcome.breach else {
        return;
    };
    let seed = outcome.seed;
    if !briefly {
        let told = run(seed, true).story;
        let last = told.len().saturating_sub(LAST_LINES);
        told.iter().skip(last).for_each(|line| println!("{line}"));
    }
    println!("seed {seed} fails: {breach}");
    println!("  again: cargo run -p liftlock-simulation -- --seed {seed} --trace");
}
