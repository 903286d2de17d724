//! Messages from outside arrive late, twice, and in another order than they were sent.

use liftlock_core::{Actor, Command, EnvironmentName};

use super::Life;
use crate::generate;
use crate::process::Act;
use crate::time::{HOUR, MINUTE, SECOND};

impl Life {
    /// An alert is raised and is over, perhaps again.
    pub(super) fn alert(&mut self) {
        let Some((release, environment)) = self.somewhere() else {
            return;
        };
        let by = generate::owner();
        let mut messages = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            messages.push((by.clone(), raised(&environment)));
            messages.push((by.clone(), over(&environment)));
        }
        // What a scanner and a build send comes the same way.
        let (gate, good) = (self.random.below(3), self.random.chance(600));
        messages.extend(self.honest_evidence(&release, gate, good));
        messages.push((generate::ci(), Act::Tick));
        self.deliver(messages);
    }

    /// Each message once or twice, in any order, each in a process of its own.
    fn deliver(&mut self, messages: Vec<(Actor, Act)>) {
        for message in messages {
            let times = 1 + u32::from(self.random.chance(400));
            for _ in 0..times {
                let late = match self.random.below(3) {
                    0 => 1,
                    1 => self.random.between(1, 10 * SECOND),
                    _ => self.random.between(MINUTE, 3 * HOUR),
                };
                let (by, act) = message.clone();
                self.start(vec![(by.clone(), Act::Wait(late)), (by, act)]);
            }
            if times > 1 {
                self.world
                    .with(|world| world.statistics.count("message: twice"));
            }
        }
    }
}

fn raised(environment: &EnvironmentName) -> Act {
    Act::Record(Command::OpenIncident {
        environment: environment.clone(),
        reason: "an alert".to_owned(),
    })
}

fn over(environment: &EnvironmentName) -> Act {
    Act::Record(Command::ResolveIncident {
        environment: environment.clone(),
    })
}
