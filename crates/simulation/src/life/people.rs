//! What people do, with and without the right to.

use liftlock_core::decide::Wanted;
use liftlock_core::freeze::{Scope, Until};
use liftlock_core::policy::GateRule;
use liftlock_core::{Actor, Command, EnvironmentName, EvidenceId, ReleaseName, Span};
use liftlock_oci::Digest;

use super::Life;
use crate::generate::{self, is};
use crate::judge::Stage;
use crate::process::Act;
use crate::time::{DAY, HOUR};

impl Life {
    pub(super) fn anyone(&mut self) -> Actor {
        let actors = generate::actors();
        self.random
            .pick(&actors)
            .cloned()
            .unwrap_or_else(generate::ci)
    }

    pub(super) fn by_anyone(&mut self, act: Act) {
        let by = if self.random.chance(800) {
            generate::ci()
        } else {
            self.anyone()
        };
        self.start(vec![(by, act)]);
    }

    /// A release, mostly a late one, and an environment.
    pub(super) fn somewhere(&mut self) -> Option<(ReleaseName, EnvironmentName)> {
        let policy = self.policy()?;
        let mut releases: Vec<(usize, ReleaseName)> = self.world.with(|world| {
            let releases = world.judge.book.releases.iter();
            releases
                .map(|(name, made)| (made.number, name.clone()))
                .collect()
        });
        releases.sort();
        let late = releases.len().saturating_sub(3);
        let late = if self.random.chance(800) {
            &releases[late..]
        } else {
            &releases
        };
        let (_, release) = self.random.pick(late)?.clone();
        let environment = self.random.pick(&policy.environments)?.name.clone();
        Some((release, environment))
    }

    /// A release and an environment that it may enter by what stands upstream, where there are any:
    /// what people ask for on most days.
    pub(super) fn next_place(&mut self) -> Option<(ReleaseName, EnvironmentName)> {
        let policy = self.policy()?;
        let fitting: Vec<_> = self.world.with(|world| {
            let book = &world.judge.book;
            let mut fitting = Vec::new();
            for environment in &policy.environments {
                let fits = |release: &ReleaseName| {
                    let mut upstream = environment.after.iter();
                    upstream.all(|upstream| book.stands(upstream, release))
                };
                let releases = book.releases.iter().filter(|(release, _)| fits(release));
                let newest = releases.max_by_key(|(_, made)| made.number);
                let current = &book.place(&environment.name).current;
                let current = current.as_ref().map(|here| &here.release);
                let newest = newest
                    .map(|(name, _)| name)
                    .filter(|name| Some(*name) != current);
                fitting.extend(newest.map(|name| (name.clone(), environment.name.clone())));
            }
            fitting
        });
        let fitting = self.random.pick(&fitting).cloned();
        let mostly = self.random.chance(850);
        fitting.filter(|_| mostly).or_else(|| self.somewhere())
    }

    /// A promotion that waits, where one does.
    pub(super) fn waiting(&mut self) -> Option<(ReleaseName, EnvironmentName)> {
        let waiting: Vec<_> = self.world.with(|world| {
            let attempts = world
                .judge
                .book
                .attempts
                .values()
                .filter(|attempt| attempt.is_waiting());
            let places = attempts.map(|attempt| &attempt.request);
            places
                .map(|request| (request.release.clone(), request.environment.clone()))
                .collect()
        });
        self.random
            .pick(&waiting)
            .cloned()
            .or_else(|| self.somewhere())
    }

    pub(super) fn set_of(&self, release: &ReleaseName) -> Digest {
        let found = self.world.with(|world| {
            world
                .judge
                .book
                .releases
                .get(release)
                .map(|made| made.content.set_digest())
        });
        found.unwrap_or_else(|| Digest::of(b""))
    }

    /// Evidence for one of the gates, by who may submit it.
    pub(super) fn honest_evidence(
        &mut self,
        release: &ReleaseName,
        gate: usize,
        good: bool,
    ) -> Vec<(Actor, Act)> {
        let now = self.now();
        let made = self.world.with(|world| {
            world
                .judge
                .book
                .releases
                .get(release)
                .map(|made| made.content.clone())
        });
        let Some(content) = made else {
            return Vec::new();
        };
        let evidence = generate::evidence(&mut self.random, &content, (gate, good), (now, good));
        let carol = generate::crew().swap_remove(2);
        let by = if gate == 2 { carol } else { generate::ci() };
        evidence
            .into_iter()
            .map(|new| (by.clone(), Act::Submit(Box::new(new))))
            .collect()
    }

    pub(super) fn submit(&mut self) {
        let Some((release, _)) = self.somewhere() else {
            return;
        };
        let now = self.now();
        let made = self.world.with(|world| {
            world
                .judge
                .book
                .releases
                .get(&release)
                .map(|made| made.content.clone())
        });
        let Some(content) = made else { return };
        let (gate, good) = (self.random.below(3), self.random.chance(700));
        let evidence = generate::evidence(&mut self.random, &content, (gate, good), (now, false));
        let honest = self.random.chance(850);
        let mut acts = Vec::new();
        for new in evidence {
            let by = match (honest, gate) {
                (true, 2) => generate::crew().swap_remove(2),
                (true, _) => generate::ci(),
                (false, _) => self.anyone(),
            };
            acts.push((by, Act::Submit(Box::new(new))));
        }
        self.start(acts);
    }

    pub(super) fn revoke(&mut self) {
        let count = self.world.with(|world| world.judge.book.evidence.len());
        let late = count.saturating_sub(12);
        let id = EvidenceId((late + self.random.below(count - late)) as u64 + 1);
        let reason = "it was wrong".to_owned();
        self.by_anyone(Act::Record(Command::RevokeEvidence { id, reason }));
    }

    pub(super) fn promote(&mut self) {
        let Some((release, environment)) = self.somewhere() else {
            return;
        };
        let wanted = Wanted {
            release,
            environment,
            older: self.random.chance(200),
            again: self.random.chance(200),
        };
        let detach = self.random.chance(300);
        let act = Act::Promote { wanted, detach };
        let by = if self.random.chance(600) {
            generate::ci()
        } else {
            self.anyone()
        };
        // Now and then asked for twice at once.
        if self.random.chance(150) {
            let other = self.anyone();
            self.start(vec![(other, act.clone())]);
        }
        self.start(vec![(by, act)]);
    }

    pub(super) fn approve(&mut self) {
        let Some((release, environment)) = self.waiting() else {
            return;
        };
        let by = if self.random.chance(700) {
            self.random
                .pick(&generate::crew())
                .cloned()
                .unwrap_or_else(generate::ci)
        } else {
            self.anyone()
        };
        let set = match self.random.chance(50) {
            true => Digest::of(b"something else was shown"),
            false => self.set_of(&release),
        };
        let gates = match self.random.chance(200) {
            true => self.approval_gates(&environment),
            false => Vec::new(),
        };
        let approve = Act::Approve {
            release: release.clone(),
            environment: environment.clone(),
            gates,
            set,
        };
        // The same person once more, as someone else, and for more gates.
        let again = self.random.chance(400);
        self.start(vec![(by.clone(), approve.clone())]);
        if again {
            let others = generate::actors().into_iter();
            let others: Vec<_> = others.filter(|other| is_also(&by, other)).collect();
            let (release, environment) = (release.clone(), environment.clone());
            let gates = Vec::new();
            let approve = Act::Approve {
                release,
                environment,
                gates,
                set,
            };
            let other = self.random.pick(&others).cloned();
            self.start(other.into_iter().map(|by| (by, approve.clone())).collect());
        }
    }

    pub(super) fn approval_gates(
        &mut self,
        environment: &EnvironmentName,
    ) -> Vec<liftlock_core::GateName> {
        let Some(policy) = self.policy() else {
            return Vec::new();
        };
        let Some(environment) = policy.environment(environment) else {
            return Vec::new();
        };
        let gates = environment.gates.list().iter();
        let names = gates.filter(|gate| matches!(gate.rule, GateRule::Approval(_)));
        let names: Vec<_> = names.map(|gate| gate.name.clone()).collect();
        self.random.pick(&names).cloned().into_iter().collect()
    }

    /// Someone ends, or takes something back of, a promotion that waits.
    pub(super) fn decide(
        &mut self,
        reason: &str,
        command: impl FnOnce(ReleaseName, EnvironmentName, String) -> Command,
    ) {
        let Some((release, environment)) = self.waiting() else {
            return;
        };
        let by = self.anyone();
        let command = command(release, environment, reason.to_owned());
        self.start(vec![(by, Act::Record(command))]);
    }

    /// Someone gives a promotion up whose tags cannot be put back, where there is one.
    pub(super) fn gives_up(&mut self) -> bool {
        let stuck: Vec<_> = self.world.with(|world| {
            let attempts = world.judge.book.attempts.values();
            let stuck = attempts.filter(|attempt| attempt.stage == Stage::PutsBack);
            stuck.map(|attempt| attempt.request.clone()).collect()
        });
        let Some(request) = self.random.pick(&stuck).cloned() else {
            return false;
        };
        let (release, environment) = (request.release, request.environment);
        let cancel = Command::Cancel {
            release,
            environment,
            reason: "the registry is gone".to_owned(),
        };
        self.start(vec![(generate::owner(), Act::Record(cancel))]);
        true
    }

    pub(super) fn roll_back(&mut self) {
        let Some((release, mut environment)) = self.somewhere() else {
            return;
        };
        // Mostly where there is something to return to.
        let able: Vec<EnvironmentName> = self.world.with(|world| {
            let places = world.judge.book.places.iter();
            let able = places.filter(|(_, place)| place.verified.len() > 1);
            able.map(|(name, _)| name.clone()).collect()
        });
        let mostly = self.random.chance(800);
        if let Some(able) = self.random.pick(&able).filter(|_| mostly) {
            environment = able.clone();
        }
        let release = self.random.chance(200).then_some(release);
        let by = if self.random.chance(700) {
            generate::owner()
        } else {
            self.anyone()
        };
        let mut acts = vec![(
            by,
            Act::RollBack {
                environment,
                release,
            },
        )];
        if self.random.chance(300) {
            acts.push((generate::ci(), Act::Tick));
        }
        self.start(acts);
    }

    pub(super) fn adopt(&mut self) {
        let Some(policy) = self.policy() else { return };
        let policy = Box::new(generate::variant(&mut self.random, &policy));
        let by = if self.random.chance(850) {
            generate::owner()
        } else {
            self.anyone()
        };
        self.start(vec![(by, Act::Record(Command::Adopt { policy }))]);
    }

    pub(super) fn freeze(&mut self) {
        let Some(scope) = self.scope() else { return };
        let until = Until::For(Span::from_us(self.random.between(HOUR, 3 * DAY)));
        let reason = "nobody is here".to_owned();
        let freeze = Command::Freeze {
            scope,
            until,
            reason,
        };
        let by = if self.random.chance(700) {
            generate::owner()
        } else {
            self.anyone()
        };
        self.start(vec![(by, Act::Record(freeze))]);
    }

    pub(super) fn unfreeze(&mut self) {
        let frozen: Vec<Scope> = self
            .world
            .with(|world| world.judge.book.frozen.keys().cloned().collect());
        let scope = self.random.pick(&frozen).cloned();
        let Some(scope) = scope.or_else(|| self.scope()) else {
            return;
        };
        let unfreeze = Command::Unfreeze {
            scope,
            reason: None,
        };
        let by = if self.random.chance(700) {
            generate::owner()
        } else {
            self.anyone()
        };
        self.start(vec![(by, Act::Record(unfreeze))]);
    }

    /// Someone says something about an environment, mostly an owner.
    pub(super) fn say(&mut self, command: impl FnOnce(EnvironmentName) -> Command) {
        let Some((_, environment)) = self.somewhere() else {
            return;
        };
        let by = if self.random.chance(800) {
            generate::owner()
        } else {
            self.anyone()
        };
        self.start(vec![(by, Act::Record(command(environment)))]);
    }

    fn scope(&mut self) -> Option<Scope> {
        let (_, environment) = self.somewhere()?;
        let everywhere = self.random.chance(300);
        Some(if everywhere {
            Scope::All
        } else {
            Scope::Environment(environment)
        })
    }

    /// The release's name of a number.
    pub(super) fn release_named(number: u64) -> ReleaseName {
        is(&format!("r{number}"))
    }
}

/// Whether two identities are one person's.
pub(super) fn is_also(one: &Actor, other: &Actor) -> bool {
    let name = |actor: &Actor| {
        let identity = actor.identity.to_string();
        identity.split([':', '@']).nth(1).map(str::to_owned)
    };
    one.identity != other.identity && name(one) == name(other)
}
