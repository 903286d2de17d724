//! The machines that releases are deployed to: what runs, and the programs that change it.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{EnvironmentName, ImageKey};
use liftlock_oci::Digest;

use crate::random::Random;
use crate::world::ProcessId;

/// All machines, and which releases work on them.
#[derive(Debug, Default)]
pub(crate) struct Machines {
    running: BTreeMap<EnvironmentName, BTreeMap<ImageKey, Digest>>,
    programs: Vec<Program>,
    /// The images that nothing good comes of: in one environment, or, without one, anywhere. The
    /// truth that checks find out.
    bad: BTreeSet<(Option<EnvironmentName>, Digest)>,
    /// What every promotion has deployed.
    pub(crate) deployed: BTreeMap<String, BTreeMap<ImageKey, Digest>>,
    /// How many entries there were when someone last deployed something by hand.
    pub(crate) disturbed: BTreeMap<EnvironmentName, u64>,
}

/// A deployer's program. It outlives the process that started it.
#[derive(Debug)]
struct Program {
    environment: EnvironmentName,
    owner: ProcessId,
    /// What it changes, and when.
    changes: Vec<(i64, ImageKey, Digest)>,
}

impl Machines {
    /// What runs in an environment.
    pub(crate) fn running(&self, environment: &EnvironmentName) -> BTreeMap<ImageKey, Digest> {
        self.running.get(environment).cloned().unwrap_or_default()
    }

    /// Starts a program that replaces one image after the other until `end`; only `count` of them.
    pub(crate) fn start(
        &mut self,
        (environment, owner): (&EnvironmentName, ProcessId),
        images: &BTreeMap<ImageKey, Digest>,
        (begin, end): (i64, i64),
        count: usize,
    ) {
        let step = (end - begin) / (images.len() as i64 + 1);
        let images = images.iter().zip(1..).take(count);
        let changes = images.map(|((key, digest), n)| (begin + n * step, key.clone(), *digest));
        self.programs.push(Program {
            environment: environment.clone(),
            owner,
            changes: changes.collect(),
        });
    }

    pub(crate) fn next_change(&self) -> Option<i64> {
        let changes = self.programs.iter().flat_map(|program| &program.changes);
        changes.map(|(due, ..)| *due).min()
    }

    /// Programs change what they change until `now`; a line for each.
    pub(crate) fn pass_until(&mut self, now: i64) -> Vec<String> {
        let mut due = Vec::new();
        for program in &mut self.programs {
            let environment = &program.environment;
            program.changes.retain(|(at, key, digest)| {
                if *at <= now {
                    due.push((*at, environment.clone(), key.clone(), *digest));
                }
                *at > now
            });
        }
        self.programs.retain(|program| !program.changes.is_empty());
        due.sort();
        let mut lines = Vec::new();
        for (_, environment, key, digest) in due {
            lines.push(format!(
                "machines of {environment}: {key} runs {}",
                digest.short()
            ));
            self.running
                .entry(environment)
                .or_default()
                .insert(key, digest);
        }
        lines
    }

    /// A process ends its program in an environment.
    pub(crate) fn end_own(&mut self, environment: &EnvironmentName, owner: ProcessId) {
        self.programs
            .retain(|program| program.environment != *environment || program.owner != owner);
    }

    /// Whether a process has a program running.
    pub(crate) fn has_program(&self, owner: ProcessId) -> bool {
        self.programs.iter().any(|program| program.owner == owner)
    }

    /// Whether a program runs for an environment that one of these has started.
    pub(crate) fn is_of(
        &self,
        environment: &EnvironmentName,
        owners: &BTreeSet<ProcessId>,
    ) -> bool {
        let mut programs = self.programs.iter();
        programs
            .any(|program| program.environment == *environment && owners.contains(&program.owner))
    }

    /// Ends what the dead left running in an environment; how many programs that were.
    pub(crate) fn end_left_behind(&mut self, environment: &EnvironmentName) -> usize {
        let before = self.programs.len();
        self.programs
            .retain(|program| program.environment != *environment);
        before - self.programs.len()
    }

    /// Whether a program runs for an environment that another process has started.
    pub(crate) fn is_left_behind(&self, environment: &EnvironmentName, now: ProcessId) -> bool {
        let mut programs = self.programs.iter();
        programs.any(|program| program.environment == *environment && program.owner != now)
    }

    /// Someone deploys by hand.
    pub(crate) fn deploy_by_hand(
        &mut self,
        environment: &EnvironmentName,
        image: (ImageKey, Digest),
        entries: u64,
    ) {
        let running = self.running.entry(environment.clone()).or_default();
        running.insert(image.0, image.1);
        self.disturbed.insert(environment.clone(), entries);
    }

    /// Some images turn out to be bad: everywhere, or in one environment only.
    pub(crate) fn draw_truth(
        &mut self,
        random: &mut Random,
        (digest, bad_per_mille): (Digest, u32),
        environments: &[EnvironmentName],
    ) {
        if random.chance(bad_per_mille) {
            let everywhere = random.chance(400);
            let place = random.pick(environments).filter(|_| !everywhere).cloned();
            self.bad.insert((place, digest));
        }
    }

    /// Whether an image works in an environment.
    pub(crate) fn is_good(&self, environment: &EnvironmentName, digest: Digest) -> bool {
        let here = (Some(environment.clone()), digest);
        !self.bad.contains(&(None, digest)) && !self.bad.contains(&here)
    }
}
