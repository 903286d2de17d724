//! When nothing goes wrong, a good release gets through every environment.

use liftlock_core::decide::Wanted;
use liftlock_core::policy::{Environment, GateRule};
use liftlock_core::{EnvironmentName, ReleaseName, Time};

use super::{Life, PROCESS_MAX};
use crate::generate;
use crate::judge;
use crate::process::Act;
use crate::time::MINUTE;

/// How long everything may take that has to be done in an open window.
const OPEN_FOR: i64 = 20 * MINUTE;

/// How often is looked for one: for more than the longest freeze and a weekend.
const WINDOW_LOOKS_MAX: u32 = 3 * 24 * 8;

impl Life {
    /// A new release, with all that every gate asks for, into each environment in turn.
    pub(super) fn bring_one_through(&mut self) {
        let Some(policy) = self.policy().filter(|_| self.goes_on()) else {
            return;
        };
        self.build(0);
        self.scheduler.run_to_end(PROCESS_MAX);
        let release = Self::release_named(self.builds);
        let mut left: Vec<Environment> = policy.environments.clone();
        while let Some(next) = left.iter().position(|environment| {
            !environment
                .after
                .iter()
                .any(|after| left.iter().any(|other| other.name == *after))
        }) {
            let environment = left.remove(next);
            self.bring(&release, &environment);
        }
    }

    fn bring(&mut self, release: &ReleaseName, environment: &Environment) {
        if !self.goes_on() {
            return;
        }
        self.prove(release);
        let wanted = Wanted {
            release: release.clone(),
            environment: environment.name.clone(),
            older: false,
            again: false,
        };
        // Soak is earned by waiting, at most for each environment upstream in turn.
        for gate in environment.gates.list() {
            if let GateRule::Soak(rule) = &gate.rule {
                self.soak(environment, rule.time.us() + MINUTE);
            }
        }
        self.wait_for_windows(environment);
        self.prove(release);
        let promote = Act::Promote {
            wanted,
            detach: true,
        };
        // What is signed is found before anyone approves it.
        let mut acts = vec![(generate::ci(), promote), (generate::ci(), Act::Tick)];
        for person in generate::crew() {
            acts.push((
                person,
                self.approval(release, &environment.name, Vec::new()),
            ));
        }
        acts.push((generate::ci(), Act::Tick));
        acts.push((generate::ci(), Act::Tick));
        self.start(acts);
        self.scheduler.run_to_end(PROCESS_MAX);
        self.expect_there(release, &environment.name);
    }

    /// Waits, and looks often enough where someone has to.
    fn soak(&mut self, environment: &Environment, us: i64) {
        let policy = self.policy();
        let upstream = policy.iter().flat_map(|policy| &policy.environments);
        let upstream = upstream.filter(|other| environment.after.contains(&other.name));
        let every = upstream
            .flat_map(|other| &other.checks)
            .filter_map(|c| c.every);
        let Some(every) = every.min() else {
            return self.wait(us);
        };
        let until = self.now() + us;
        while self.now() < until && self.goes_on() {
            self.scheduler.run_until(until.min(self.now() + every.us()));
            self.start(vec![(generate::ci(), Act::Tick)]);
            self.scheduler.run_to_end(PROCESS_MAX);
        }
    }

    /// Until a freeze is over and every window is open, for long enough to be asked for, approved
    /// and committed.
    fn wait_for_windows(&mut self, environment: &Environment) {
        for _ in 0..WINDOW_LOOKS_MAX {
            let closed = self.world.with(|world| {
                let now = Time::from_us(world.now);
                let mut gates = environment.gates.list().iter();
                let closed = gates.any(|gate| match &gate.rule {
                    GateRule::Window(rule) => {
                        let later = Time::from_us(world.now + OPEN_FOR);
                        !judge::is_open(rule, now) || !judge::is_open(rule, later)
                    }
                    _ => false,
                });
                closed || world.judge.book.frozen.values().any(|until| now < *until)
            });
            if !closed {
                return;
            }
            self.wait(OPEN_FOR);
        }
    }

    /// Submits everything that any gate may ask for.
    fn prove(&mut self, release: &ReleaseName) {
        let acts = self.proof(release);
        self.start(acts);
        self.scheduler.run_to_end(PROCESS_MAX);
    }

    fn expect_there(&mut self, release: &ReleaseName, environment: &EnvironmentName) {
        if !self.goes_on() {
            return;
        }
        self.world.with(|world| {
            let book = &world.judge.book;
            let current = book.place(environment).current.as_ref();
            let there = current.is_some_and(|here| here.release == *release && here.verified);
            if there {
                world.statistics.count("crew: brought through");
                return;
            }
            let mut attempts = book.attempts.values().rev();
            let attempt = attempts.find(|attempt| {
                attempt.request.release == *release && attempt.request.environment == *environment
            });
            let why = match attempt {
                None => "was not even asked for".to_owned(),
                Some(attempt) if attempt.is_open() => {
                    let now = Time::from_us(world.now);
                    format!("waits: {:?}", book.against(attempt, now))
                }
                Some(attempt) => format!("ended: {:?}", attempt.stage),
            };
            let judged = Err(format!(
                "a good {release} does not get to {environment}: it {why}"
            ));
            world.hold(judged);
        });
    }
}
