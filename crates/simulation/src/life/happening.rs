//! One thing happens.

use liftlock_core::decide::Wanted;
use liftlock_core::{Actor, Command, EnvironmentName, GateName, ReleaseName};

use super::Life;
use crate::generate::{self, Build};
use crate::process::Act;

/// A kind of thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    Push,
    Build,
    Evidence,
    Revoke,
    Promote,
    Plan,
    Approve,
    Withdraw,
    Reject,
    Cancel,
    RollBack,
    Tick,
    Ticks,
    Look,
    Watch,
    Repair,
    Adopt,
    Stranger,
    Deploy,
    CleanUp,
    Lose,
    Immutable,
    Freeze,
    Unfreeze,
    Hold,
    Resume,
    Incident,
    Resolve,
    Down,
    Clock,
    Sign,
    Keyless,
    State,
    Override,
    Confirm,
    Review,
    Crooked,
    Alerts,
}

/// How often each happens, beside the others.
const OFTEN: [(u32, Happening); 38] = [
    (34, Happening::Push),
    (18, Happening::Build),
    (9, Happening::Evidence),
    (3, Happening::Revoke),
    (10, Happening::Promote),
    (2, Happening::Plan),
    (9, Happening::Approve),
    (3, Happening::Withdraw),
    (1, Happening::Reject),
    (2, Happening::Cancel),
    (8, Happening::RollBack),
    (16, Happening::Tick),
    (6, Happening::Ticks),
    (3, Happening::Look),
    (4, Happening::Watch),
    (5, Happening::Repair),
    (3, Happening::Adopt),
    (5, Happening::Stranger),
    (2, Happening::Deploy),
    (2, Happening::CleanUp),
    (1, Happening::Lose),
    (1, Happening::Immutable),
    (1, Happening::Freeze),
    (1, Happening::Unfreeze),
    (1, Happening::Hold),
    (3, Happening::Resume),
    (1, Happening::Incident),
    (2, Happening::Resolve),
    (2, Happening::Down),
    (4, Happening::Clock),
    (6, Happening::Sign),
    (1, Happening::Keyless),
    (4, Happening::State),
    (5, Happening::Override),
    (4, Happening::Confirm),
    (2, Happening::Review),
    (18, Happening::Crooked),
    (2, Happening::Alerts),
];

impl Life {
    pub(super) fn happen(&mut self) {
        if self.pipelines > 1 {
            let pipeline = self.random.below(self.pipelines);
            self.turn_to(pipeline);
        }
        let Some(happening) = self.random.weighted(&OFTEN) else {
            return;
        };
        match happening {
            Happening::Push => self.push(),
            Happening::Build => self.build(200),
            Happening::Evidence => self.submit(),
            Happening::Revoke => self.revoke(),
            Happening::Promote => self.promote(),
            Happening::Plan => {
                if let Some((release, environment)) = self.somewhere() {
                    self.by_anyone(Act::Plan {
                        release,
                        environment,
                    });
                }
            }
            Happening::Approve => self.approve(),
            Happening::Withdraw => {
                self.decide("second thoughts", |release, environment, reason| {
                    Command::Withdraw {
                        release,
                        environment,
                        reason,
                    }
                })
            }
            Happening::Reject => {
                self.decide("no", |release, environment, reason| Command::Reject {
                    release,
                    environment,
                    reason,
                })
            }
            Happening::Cancel if self.gives_up() => {}
            Happening::Cancel => {
                self.decide("not now", |release, environment, reason| Command::Cancel {
                    release,
                    environment,
                    reason,
                })
            }
            Happening::RollBack => self.roll_back(),
            Happening::Tick => self.by_anyone(Act::Tick),
            Happening::Ticks => {
                self.start(vec![(generate::ci(), Act::Tick)]);
                self.start(vec![(generate::ci(), Act::TickTwice)]);
            }
            Happening::Look => {
                if let Some((_, environment)) = self.somewhere() {
                    self.by_anyone(Act::Look(environment));
                }
            }
            Happening::Watch => self.watch(),
            Happening::Repair => {
                if let Some((_, environment)) = self.somewhere() {
                    self.by_anyone(Act::Repair(environment));
                }
            }
            Happening::Adopt => self.adopt(),
            Happening::Stranger => self.stranger(),
            Happening::Deploy => self.deploy_by_hand(),
            Happening::CleanUp => self.clean_up(),
            Happening::Lose => self.lose_image(),
            Happening::Immutable => self.make_immutable(),
            Happening::Freeze => self.freeze(),
            Happening::Unfreeze => self.unfreeze(),
            Happening::Hold => self.say(|environment| {
                let reason = "not today".to_owned();
                Command::Hold {
                    environment,
                    reason,
                }
            }),
            Happening::Resume => self.say(|environment| Command::Resume { environment }),
            Happening::Incident => self.say(|environment| {
                let reason = "customers call".to_owned();
                Command::OpenIncident {
                    environment,
                    reason,
                }
            }),
            Happening::Resolve => self.say(|environment| Command::ResolveIncident { environment }),
            Happening::Down => self.take_down(),
            Happening::Clock => self.jump_clock(),
            Happening::Sign => self.sign(),
            Happening::Keyless => self.lose_key(),
            Happening::State => self.state_harmless(),
            Happening::Override => self.ask_override(),
            Happening::Confirm => self.confirm(),
            Happening::Review => self.review(),
            Happening::Crooked => self.crooked(),
            Happening::Alerts => self.alert(),
        }
    }

    /// Someone ticks for hours, as often as checks are due, and now and then not.
    fn watch(&mut self) {
        let policy = self.policy();
        let checks = policy
            .iter()
            .flat_map(|p| &p.environments)
            .flat_map(|e| &e.checks);
        let Some(every) = checks.filter_map(|check| check.every).min() else {
            return;
        };
        for _ in 0..self.random.between(2, 20) {
            let us = match self.random.below(8) {
                0 => every.us() * self.random.between(3, 9),
                _ => self.random.between(every.us() / 2, every.us()),
            };
            self.scheduler.run_until(self.now() + us);
            self.start(vec![(generate::ci(), Act::Tick)]);
        }
    }

    /// A build pushes images, and a release is made of them.
    pub(super) fn build(&mut self, bad: u32) {
        let Some(policy) = self.policy() else { return };
        self.builds += 1;
        // A release that has to get through has an author.
        let authored = bad == 0 || self.random.chance(850);
        let build = Build {
            number: self.builds,
            bad,
            authored,
        };
        let random = &mut self.random;
        let request = self
            .world
            .with(|world| generate::build(world, random, &policy, build));
        // Now and then two at once, and now and then by whom it is not for.
        if bad > 0 && self.random.chance(100) {
            self.start(vec![(generate::ci(), Act::Create(request.clone()))]);
        }
        let by = if bad == 0 || self.random.chance(900) {
            generate::ci()
        } else {
            self.anyone()
        };
        self.start(vec![(by, Act::Create(request))]);
    }

    /// Everything that a promotion needs, by who may give it, as it goes on most days.
    fn push(&mut self) {
        let Some((release, environment)) = self.next_place() else {
            return;
        };
        let mut acts = self.proof(&release);
        let by = if self.random.chance(700) {
            generate::ci()
        } else {
            self.anyone()
        };
        let detach = self.random.chance(300);
        let wanted = self.wanted(&release, &environment);
        acts.push((by, Act::Promote { wanted, detach }));
        for person in generate::crew() {
            let approve = self.approval(&release, &environment, Vec::new());
            acts.push((person, approve));
        }
        acts.push((generate::ci(), Act::Tick));
        self.start(acts);
    }

    /// Everything that any gate may ask for of evidence; what has to be signed is signed now.
    pub(super) fn proof(&mut self, release: &ReleaseName) -> Vec<(Actor, Act)> {
        self.sign_well(release);
        let mut acts = Vec::new();
        for gate in 0..3 {
            acts.extend(self.honest_evidence(release, gate, true));
        }
        acts
    }

    pub(super) fn wanted(
        &mut self,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Wanted {
        Wanted {
            release: release.clone(),
            environment: environment.clone(),
            older: self.random.chance(300),
            again: self.random.chance(300),
        }
    }

    pub(super) fn approval(
        &self,
        release: &ReleaseName,
        environment: &EnvironmentName,
        gates: Vec<GateName>,
    ) -> Act {
        Act::Approve {
            release: release.clone(),
            environment: environment.clone(),
            gates,
            set: self.set_of(release),
        }
    }
}
