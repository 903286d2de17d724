//! Gates that people pass by decision, or try to.

use liftlock_core::decide::NewOverride;
use liftlock_core::{Actor, Command, EnvironmentName, GateName, OverrideId, ReleaseName, Span};

use super::Life;
use crate::generate::{self, is};
use crate::process::Act;
use crate::time::{HOUR, MINUTE};

impl Life {
    /// Someone asks that a gate be passed; another agrees at once, or nobody does.
    pub(super) fn ask_override(&mut self) {
        let Some((release, environment)) = self.waiting() else {
            return;
        };
        let Some(gate) = self.any_gate(&environment) else {
            return;
        };
        let by = self.someone();
        let lasts = self.random.chance(500);
        let lasts = lasts.then(|| Span::from_us(self.random.between(MINUTE, 60 * HOUR)));
        let act = self.overriding(&release, &environment, gate, lasts);
        let mut acts = vec![(by, act)];
        if self.random.chance(500) {
            acts.push((self.someone(), self.confirmation(0)));
            acts.push((generate::ci(), Act::Tick));
        }
        self.start(acts);
    }

    pub(super) fn confirm(&mut self) {
        let by = self.someone();
        let back = 1 + self.random.below(2) as u64;
        let mut acts = vec![(by, self.confirmation(back))];
        if self.random.chance(500) {
            acts.push((generate::ci(), Act::Tick));
        }
        self.start(acts);
    }

    pub(super) fn review(&mut self) {
        let known = self.world.with(|world| world.judge.book.decisions.len());
        let id = OverrideId(1 + self.random.below(known) as u64);
        let finding = "it was right".to_owned();
        let by = self.someone();
        self.start(vec![(
            by,
            Act::Record(Command::ReviewOverride { id, finding }),
        )]);
    }

    /// One of the last overrides is agreed to; 0: the next there will be.
    fn confirmation(&self, back: u64) -> Act {
        let known = self.world.with(|world| world.judge.book.decisions.len()) as u64;
        let id = OverrideId((known + 1).saturating_sub(back).max(1));
        Act::Record(Command::ConfirmOverride { id })
    }

    pub(super) fn overriding(
        &mut self,
        release: &ReleaseName,
        environment: &EnvironmentName,
        gate: GateName,
        lasts: Option<Span>,
    ) -> Act {
        Act::Override(Box::new(NewOverride {
            wanted: self.wanted(release, environment),
            gate,
            lasts,
            reason: "it has to be today".to_owned(),
        }))
    }

    /// A gate of an environment; now and then what is no gate of it.
    pub(super) fn any_gate(&mut self, environment: &EnvironmentName) -> Option<GateName> {
        let policy = self.policy()?;
        let environment = policy.environment(environment)?;
        let gates = environment.gates.list().iter();
        let named: Vec<GateName> = gates.map(|gate| gate.name.clone()).collect();
        let others = ["freeze", "after", "environment"].map(is);
        match self.random.chance(800) {
            true => self.random.pick(&named).cloned(),
            false => self.random.pick(&others).cloned(),
        }
    }

    /// Mostly one of the people.
    fn someone(&mut self) -> Actor {
        let crew = generate::crew();
        let known = self.random.pick(&crew).cloned();
        match known.filter(|_| self.random.chance(750)) {
            Some(person) => person,
            None => self.anyone(),
        }
    }
}
