//! Pushes that are as they have to be but for one thing, on which it must fail: otherwise nobody
//! would notice that the one thing is not looked at.

use liftlock_core::{
    Actor, Command, EnvironmentName, EvidenceId, GateName, OverrideId, ReleaseName,
};

use liftlock_core::policy::{Environment, EvidenceRule, GateRule};

use super::Life;
use super::people::is_also;
use crate::generate;
use crate::process::Act;
use crate::time::{DAY, HOUR, MINUTE};

/// What is not as it has to be.
#[derive(Debug, Clone, Copy)]
enum Crook {
    /// One person approves as several.
    Several,
    /// Machines approve.
    Machines,
    /// Who has approved takes it back.
    Withdrawn,
    /// What was approved is looked at too late.
    Late,
    /// Some evidence is missing, and one person decides alone that it does not matter.
    Alone,
    /// Two decide that it does not matter, and it is too late when it is looked at.
    Expired,
    /// Nothing is signed as it has to be.
    Unsigned,
    /// What was signed was signed with a key that is replaced meanwhile.
    Replaced,
    /// Too few tests passed, or a scan found something, of which people say this and that.
    Poor,
}

const CROOKS: [(u32, Crook); 9] = [
    (4, Crook::Several),
    (3, Crook::Machines),
    (3, Crook::Withdrawn),
    (1, Crook::Late),
    (3, Crook::Alone),
    (3, Crook::Expired),
    (4, Crook::Unsigned),
    (2, Crook::Replaced),
    (6, Crook::Poor),
];

/// How often another place is drawn.
const TRIES_MAX: u32 = 6;

impl Crook {
    /// Whether an environment has gates that look at it.
    fn fits(self, environment: &Environment) -> bool {
        let gates = environment.gates.list();
        let limited = |rule: &EvidenceRule| !rule.max.is_empty() || !rule.min.is_empty();
        let any = |looks: fn(&GateRule) -> bool| gates.iter().any(|gate| looks(&gate.rule));
        match self {
            Self::Several => any(|rule| matches!(rule, GateRule::Approval(rule) if rule.count > 1)),
            Self::Machines | Self::Withdrawn | Self::Late => {
                any(|rule| matches!(rule, GateRule::Approval(_)))
            }
            Self::Alone | Self::Expired => environment.overrides.is_some() && !gates.is_empty(),
            Self::Unsigned | Self::Replaced => any(|rule| matches!(rule, GateRule::Signature(_))),
            Self::Poor => gates
                .iter()
                .any(|gate| matches!(&gate.rule, GateRule::Evidence(rule) if limited(rule))),
        }
    }
}

impl Life {
    pub(super) fn crooked(&mut self) {
        let crook = self.random.weighted(&CROOKS);
        let place = crook.and_then(|crook| Some((self.fitting(crook)?, crook)));
        let Some(((release, environment), crook)) = place else {
            return;
        };
        let place = (&release, &environment);
        let missing = self.any_gate(&environment);
        self.world.with(|world| {
            world.statistics.count(&format!("crook: {crook:?}"));
            world.tell(|| format!("{crook:?}: {release} -> {environment}"));
        });
        let mut acts = match crook {
            Crook::Unsigned => {
                self.sign_as(&release, false);
                self.evidence_but(&release, None)
            }
            Crook::Alone | Crook::Expired => self.proof_but(&release, missing.as_ref()),
            Crook::Poor => {
                let mut acts = self.proof(&release);
                acts.extend(self.poor_evidence(&release));
                acts
            }
            _ => self.proof(&release),
        };
        let wanted = self.wanted(&release, &environment);
        let detach = true;
        let ask = Act::Promote { wanted, detach };
        match crook {
            Crook::Several => {
                acts.push((generate::ci(), ask));
                acts.extend(self.as_several(place));
            }
            Crook::Machines => {
                acts.push((generate::owner(), ask));
                acts.extend(self.by_machines(place));
            }
            Crook::Withdrawn => {
                // While it waits for the evidence, people approve and think again.
                let evidence = std::mem::take(&mut acts);
                acts.push((generate::ci(), ask));
                acts.extend(self.by_everyone(place));
                for person in generate::crew().into_iter().skip(self.random.below(2)) {
                    acts.push((person, withdrawal(place)));
                }
                acts.extend(evidence);
            }
            Crook::Late => {
                acts.push((generate::ci(), ask));
                acts.extend(self.by_everyone(place).into_iter().take(2));
                acts.push((
                    generate::ci(),
                    Act::Wait(self.random.between(HOUR, 2 * DAY)),
                ));
            }
            Crook::Alone | Crook::Expired => {
                acts.push((generate::ci(), ask));
                acts.extend(self.by_everyone(place));
                acts.extend(self.decided(place, missing, crook));
            }
            Crook::Replaced => {
                let evidence = std::mem::take(&mut acts);
                acts.push((generate::ci(), ask));
                acts.push((generate::ci(), Act::Tick));
                acts.extend(self.replacement());
                acts.extend(evidence);
                acts.extend(self.by_everyone(place));
            }
            Crook::Unsigned | Crook::Poor => {
                acts.push((generate::ci(), ask));
                acts.extend(self.by_everyone(place));
            }
        }
        acts.push((generate::ci(), Act::Tick));
        self.start(acts);
    }

    /// A release and an environment in which it could be noticed, where one is found.
    fn fitting(&mut self, crook: Crook) -> Option<(ReleaseName, EnvironmentName)> {
        let policy = self.policy()?;
        let mut place = self.next_place()?;
        for _ in 0..TRIES_MAX {
            if policy.environment(&place.1).is_some_and(|e| crook.fits(e)) {
                break;
            }
            place = self.next_place()?;
        }
        Some(place)
    }

    /// All that is asked for but for one gate.
    fn proof_but(
        &mut self,
        release: &ReleaseName,
        missing: Option<&GateName>,
    ) -> Vec<(Actor, Act)> {
        if missing.is_none_or(|gate| !generate::is_signature(gate)) {
            self.sign_well(release);
        }
        self.evidence_but(release, missing)
    }

    fn evidence_but(
        &mut self,
        release: &ReleaseName,
        missing: Option<&GateName>,
    ) -> Vec<(Actor, Act)> {
        let mut acts = Vec::new();
        for gate in (0..3).filter(|gate| generate::evidence_gate(*gate).as_ref() != missing) {
            acts.extend(self.honest_evidence(release, gate, true));
        }
        acts
    }

    fn replacement(&mut self) -> Option<(Actor, Act)> {
        let policy = generate::with_key_replaced(self.policy()?);
        let policy = Box::new(policy);
        let adopt = Act::Record(Command::Adopt { policy });
        Some((generate::owner(), adopt))
    }

    fn poor_evidence(&mut self, release: &ReleaseName) -> Vec<(Actor, Act)> {
        let Some(content) = self.content(release) else {
            return Vec::new();
        };
        let scans = self.random.chance(700);
        let poor = generate::poor(&mut self.random, &content, scans);
        let submit = |new| (generate::ci(), Act::Submit(Box::new(new)));
        let mut acts: Vec<_> = poor.into_iter().map(submit).collect();
        let said = if scans { self.random.below(5) } else { 0 };
        for _ in 0..said {
            let stated = generate::statements(&mut self.random, &content);
            let carol = generate::crew().swap_remove(2);
            acts.extend(stated.map(|new| (carol.clone(), Act::Submit(Box::new(new)))));
        }
        if self.random.chance(150) {
            // Someone thinks again of the last.
            let known = self.world.with(|world| world.judge.book.evidence.len());
            let id = EvidenceId((known + acts.len()) as u64);
            let reason = "it was wrong".to_owned();
            let carol = generate::crew().swap_remove(2);
            acts.push((carol, Act::Record(Command::RevokeEvidence { id, reason })));
        }
        acts
    }

    fn by_everyone(
        &mut self,
        (release, environment): (&ReleaseName, &EnvironmentName),
    ) -> Vec<(Actor, Act)> {
        let crew = generate::crew().into_iter();
        crew.map(|person| (person, self.approval(release, environment, Vec::new())))
            .collect()
    }

    /// One person, as one identity for one gate, and as the others for all: the same approval again
    /// would not be taken.
    fn as_several(
        &mut self,
        (release, environment): (&ReleaseName, &EnvironmentName),
    ) -> Vec<(Actor, Act)> {
        let crew = generate::crew();
        let one = self.random.pick(&crew).cloned();
        let Some(one) = one else { return Vec::new() };
        let others = generate::actors().into_iter();
        let mut all: Vec<Actor> = others.filter(|other| is_also(&one, other)).collect();
        all.push(one);
        let mut gates = self.approval_gates(environment);
        let mut acts = Vec::new();
        for identity in all {
            let gates = std::mem::take(&mut gates);
            acts.push((identity, self.approval(release, environment, gates)));
        }
        acts
    }

    fn by_machines(
        &mut self,
        (release, environment): (&ReleaseName, &EnvironmentName),
    ) -> Vec<(Actor, Act)> {
        let machines = generate::actors().into_iter();
        let machines = machines.filter(|actor| actor.identity.to_string().starts_with("token:"));
        machines
            .map(|machine| (machine, self.approval(release, environment, Vec::new())))
            .collect()
    }

    /// A gate is passed by decision of one person twice, or of two some time ago.
    fn decided(
        &mut self,
        (release, environment): (&ReleaseName, &EnvironmentName),
        gate: Option<GateName>,
        crook: Crook,
    ) -> Vec<(Actor, Act)> {
        let known = self.world.with(|world| world.judge.book.decisions.len());
        let mut crew = generate::crew().into_iter();
        let Some((gate, (alice, bob))) = gate.zip(crew.next().zip(crew.next())) else {
            return Vec::new();
        };
        let id = OverrideId(known as u64 + 1);
        let confirm = Act::Record(Command::ConfirmOverride { id });
        let ask = self.overriding(release, environment, gate, None);
        let mut acts = vec![(alice.clone(), ask)];
        if let Crook::Expired = crook {
            acts.push((bob, confirm));
            acts.push((alice, Act::Wait(self.random.between(MINUTE, 3 * DAY))));
            return acts;
        }
        let others = generate::actors().into_iter();
        let also = others.filter(|other| is_also(&alice, other));
        acts.extend(also.map(|identity| (identity, confirm.clone())));
        acts
    }
}

fn withdrawal((release, environment): (&ReleaseName, &EnvironmentName)) -> Act {
    Act::Record(Command::Withdraw {
        release: release.clone(),
        environment: environment.clone(),
        reason: "second thoughts".to_owned(),
    })
}
