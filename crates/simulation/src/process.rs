//! A process: one command after the other, each with the real engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join;
use liftlock_core::decide::{NewEvidence, NewOverride, Wanted};
use liftlock_core::verdict::Answer;
use liftlock_core::{Actor, Command, EnvironmentName, GateName, ReleaseName, State};
use liftlock_engine::ports::AppendError;
use liftlock_engine::{
    Engine, EngineError, IntakeRequest, Pipelines, PromoteOptions, PromoteOutcome, Submission,
    TickReport,
};
use liftlock_oci::Digest;

use crate::generate::{PIPELINES, is};
use crate::ports::{
    Disk, Line, SimulatedAttestations, SimulatedClock, SimulatedDelivery, SimulatedRegistries,
    SimulatedStore,
};
use crate::world::{ProcessId, Shared};

/// Few events, so that most processes begin with a snapshot, and with some events after it.
const SNAPSHOT_EVERY: u64 = 20;

/// The engine as it is, on ports that are not.
pub(crate) type RealEngine =
    Engine<SimulatedStore, SimulatedRegistries, SimulatedDelivery, SimulatedClock>;

/// What someone does.
#[derive(Clone)]
pub(crate) enum Act {
    Record(Command),
    Create(IntakeRequest),
    Submit(Box<NewEvidence>),
    Approve {
        release: ReleaseName,
        environment: EnvironmentName,
        gates: Vec<GateName>,
        set: Digest,
    },
    Promote {
        wanted: Wanted,
        detach: bool,
    },
    Plan {
        release: ReleaseName,
        environment: EnvironmentName,
    },
    RollBack {
        environment: EnvironmentName,
        release: Option<ReleaseName>,
    },
    /// Asks that a gate be passed by decision.
    Override(Box<NewOverride>),
    Look(EnvironmentName),
    Repair(EnvironmentName),
    /// Does nothing for a time: what comes late.
    Wait(i64),
    Tick,
    /// Two at once in one process, as a server may.
    TickTwice,
}

impl Act {
    fn name(&self) -> &'static str {
        match self {
            Self::Record(command) => match command {
                Command::Adopt { .. } => "adopt",
                Command::RevokeEvidence { .. } => "revoke",
                Command::Reject { .. } => "reject",
                Command::Withdraw { .. } => "withdraw",
                Command::Cancel { .. } => "cancel",
                Command::Freeze { .. } | Command::Unfreeze { .. } => "freeze",
                Command::Hold { .. } | Command::Resume { .. } => "hold",
                Command::ConfirmOverride { .. } => "confirm",
                Command::ReviewOverride { .. } => "review",
                Command::OpenIncident { .. } | Command::ResolveIncident { .. } => "incident",
                _ => "record",
            },
            Self::Create(_) => "create",
            Self::Submit(_) => "submit",
            Self::Approve { .. } => "approve",
            Self::Promote { .. } => "promote",
            Self::Plan { .. } => "plan",
            Self::RollBack { .. } => "roll back",
            Self::Override(_) => "override",
            Self::Look(_) => "look",
            Self::Wait(_) => "wait",
            Self::Repair(_) => "repair",
            Self::Tick => "tick",
            Self::TickTwice => "two ticks",
        }
    }
}

/// Carries out what is asked, each by who asks.
pub(crate) async fn run(line: Line, disk: Option<Disk>, acts: Vec<(Actor, Act)>) {
    // As in a server, who comes back finds the engine that has read the stream already; in some
    // processes all share what was read.
    let mut engines: BTreeMap<String, RealEngine> = BTreeMap::new();
    let pipelines = Pipelines::default();
    for (actor, act) in acts {
        let fresh = || {
            let engine = engine(&line, disk.clone(), actor.clone());
            match line.process % 2 {
                0 => engine.sharing(pipelines.of(&is(PIPELINES[line.world.pipeline]))),
                _ => engine,
            }
        };
        let engine = engines.entry(actor.to_string()).or_insert_with(fresh);
        let name = act.name();
        line.world.with(|world| {
            world.statistics.count(&format!("command: {name}"));
            world.tell(|| format!("[{}] {actor}: {name}", line.process));
        });
        if let Act::Wait(us) = act {
            line.world.pause(us).await;
            continue;
        }
        let done = perform(engine, act).await;
        ended(&line.world, line.process, name, done);
    }
}

pub(crate) fn engine(line: &Line, disk: Option<Disk>, actor: Actor) -> RealEngine {
    let ports = (
        SimulatedStore {
            line: line.clone(),
            disk,
        },
        SimulatedRegistries(line.clone()),
        SimulatedDelivery(line.clone()),
        SimulatedClock(line.clone()),
    );
    let engine = Engine::new(
        ports,
        is(PIPELINES[line.world.pipeline]),
        actor,
        Arc::new(|_| {}),
    );
    let attestations = Arc::new(SimulatedAttestations(line.clone()));
    engine
        .with_snapshot_every(SNAPSHOT_EVERY)
        .with_attestations(attestations)
}

/// What a command leaves: a state, and what a tick could not look at.
struct Done {
    state: Option<Arc<State>>,
    ticks: Vec<TickReport>,
    /// A verdict that waits, with nothing in it that does.
    idle: bool,
}

impl From<Option<Arc<State>>> for Done {
    fn from(state: Option<Arc<State>>) -> Self {
        Self {
            state,
            ticks: Vec::new(),
            idle: false,
        }
    }
}

async fn perform(engine: &RealEngine, act: Act) -> Result<Done, EngineError> {
    match act {
        Act::Record(Command::Cancel {
            release,
            environment,
            reason,
        }) => {
            let place = (&release, &environment);
            Ok(Some(engine.cancel(place, &reason, false).await?.state).into())
        }
        Act::Record(command) => Ok(Some(engine.record(&command, None).await?.state).into()),
        Act::Create(request) => Ok(Some(engine.create_release(request).await?.state).into()),
        Act::Submit(evidence) => {
            let note = Some("simulated".to_owned());
            let submission = Submission {
                evidence: *evidence,
                report: None,
                note,
                dry_run: false,
            };
            Ok(Some(engine.submit(submission).await?.state).into())
        }
        Act::Approve {
            release,
            environment,
            gates,
            set,
        } => {
            let place = (&release, &environment);
            Ok(Some(engine.approve(place, gates, set, None, false).await?.state).into())
        }
        Act::Promote { wanted, detach } => {
            let options = PromoteOptions { detach, wait: None };
            Ok(promoted(engine.promote(&wanted, options).await?))
        }
        Act::Plan {
            release,
            environment,
        } => {
            engine.plan(&release, &environment, false).await?;
            Ok(None.into())
        }
        Act::RollBack {
            environment,
            release,
        } => {
            let asked = engine.rollback(&environment, release.as_ref(), "simulated", false);
            Ok(promoted(asked.await?))
        }
        Act::Override(new) => Ok(Some(engine.request_override(*new, false).await?.state).into()),
        Act::Wait(_) => Ok(None.into()),
        Act::Look(environment) => {
            engine.note_drift(&environment, false).await?;
            Ok(Some(engine.state().await?).into())
        }
        Act::Repair(environment) => match engine.repair(&environment).await? {
            Some(repaired) => Ok(promoted(repaired)),
            None => Ok(None.into()),
        },
        Act::Tick => Ok(ticked(vec![engine.tick().await?])),
        Act::TickTwice => {
            let (one, other) = join(engine.tick(), engine.tick()).await;
            Ok(ticked(vec![one?, other?]))
        }
    }
}

fn promoted(outcome: PromoteOutcome) -> Done {
    match outcome {
        PromoteOutcome::Carried(carried) => Some(carried.state).into(),
        PromoteOutcome::Waiting { verdicts, .. } => Done {
            idle: verdicts
                .iter()
                .all(|verdict| verdict.answer == Answer::Passed),
            ..Done::from(None)
        },
        _ => None.into(),
    }
}

fn ticked(ticks: Vec<TickReport>) -> Done {
    let state = ticks.last().map(|tick| Arc::clone(&tick.state));
    Done {
        ticks,
        ..Done::from(state)
    }
}

/// What must hold of every answer.
fn ended(world: &Shared, process: ProcessId, name: &str, done: Result<Done, EngineError>) {
    world.with(|world| {
        let answer = match &done {
            Ok(_) => "done",
            Err(EngineError::Refused(_)) => "refused",
            Err(_) => "failed",
        };
        world.statistics.count(&format!("answer: {answer}"));
        if let Err(EngineError::Refused(refusal)) = &done
            && matches!(refusal.as_ref(), liftlock_core::Refusal::Clock { .. })
        {
            world.statistics.count("clock: refused");
        }
        world.tell(|| match &done {
            Ok(_) => format!("[{process}] {name}: done"),
            Err(error) => format!("[{process}] {name}: {answer}: {error}"),
        });
        let judged = match &done {
            Err(
                error @ (EngineError::Apply { .. }
                | EngineError::Codec(_)
                | EngineError::Append(AppendError::Fenced { .. } | AppendError::Size { .. })),
            ) => Err(format!("{name}: {error}")),
            Ok(Done { idle: true, .. }) => Err(format!("{name} waits for nothing")),
            Ok(Done {
                state: Some(state), ..
            }) if state.version == world.judge.state.version && **state != world.judge.state => {
                Err(format!(
                    "{name} ends in a state that is not the fold of its events"
                ))
            }
            _ => Ok(()),
        };
        world.hold(judged);
        if let Ok(Done { ticks, .. }) = done {
            let failed = ticks
                .iter()
                .flat_map(|tick| &tick.failed)
                .map(|(id, _)| *id);
            let failed: BTreeSet<_> = failed.collect();
            if !ticks.is_empty() {
                world.stopped = failed;
            }
        }
    });
}
