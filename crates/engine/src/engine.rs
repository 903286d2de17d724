//! The engine: a pipeline's stream, the ports, and who acts.

use std::sync::Arc;

use liftlock_core::event::{EVENT_VERSION, Entry, Event};
use liftlock_core::handed::Handed;
use liftlock_core::{
    Actor, Command, Labels, PipelineName, Span, State, Time, decide, demand_labels,
};

use crate::fold::fold;
use crate::ports::{
    AppendError, Attestations, Central, Clock, Delivery, Fence, Log, NoAttestations, Registries,
    Store,
};
use crate::worker::Stop;
use crate::{EngineError, Folded, Progress, Report, SNAPSHOT_EVERY, encode};

/// How often a command is decided again because someone else appended first.
const TRIES_MAX: u32 = 20;

/// Carries out commands on one pipeline for one actor.
pub struct Engine<S, R, D, C> {
    pub(crate) store: S,
    pub(crate) registries: R,
    pub(crate) delivery: D,
    pub(crate) clock: C,
    pub(crate) pipeline: PipelineName,
    pub(crate) actor: Actor,
    pub(crate) labels: Labels,
    /// Who decides and records, where this is an agent's.
    pub(crate) central: Option<Arc<dyn Central>>,
    pub(crate) attestations: Arc<dyn Attestations>,
    pub(crate) log: Option<Arc<dyn Log>>,
    report: Report,
    pub(crate) stop: Stop,
    pub(crate) folded: Arc<Folded>,
    /// After how many events more the next one is written.
    pub(crate) snapshot_every: u64,
    /// How long what was looked at need not be again where nothing calls for it.
    pub(crate) look_gap: Span,
}

/// What a command recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The events; none where everything was so already.
    pub events: Vec<Event>,
    /// The state after them.
    pub state: Arc<State>,
}

/// What follows from a command, before it is recorded.
struct Decided {
    /// The state it was decided on.
    state: Arc<State>,
    events: Vec<Event>,
    after: State,
    entries: Vec<Entry>,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// An engine for `pipeline`; `report` is told how long work gets on.
    pub fn new(
        (store, registries, delivery, clock): (S, R, D, C),
        pipeline: PipelineName,
        actor: Actor,
        report: Report,
    ) -> Self {
        Self {
            store,
            registries,
            delivery,
            clock,
            pipeline,
            actor,
            labels: Labels::All,
            central: None,
            attestations: Arc::new(NoAttestations),
            log: None,
            report,
            stop: Stop::default(),
            folded: Arc::default(),
            snapshot_every: SNAPSHOT_EVERY,
            look_gap: Span::default(),
        }
    }

    /// The engine, which does not look at registries and deployments again within this span, where
    /// a tick finds nothing that calls for it. Without it every tick looks.
    pub fn with_look_gap(mut self, span: Span) -> Self {
        self.look_gap = span;
        self
    }

    /// The engine, with a snapshot after this many events, not after [`SNAPSHOT_EVERY`].
    pub fn with_snapshot_every(mut self, events: u64) -> Self {
        self.snapshot_every = events;
        self
    }

    /// The engine over a state that others share (see [`crate::Pipelines`]), which must be of the
    /// same pipeline in the same store. Without it the stream is read for this engine alone.
    pub fn sharing(mut self, folded: Arc<Folded>) -> Self {
        self.folded = folded;
        self
    }

    /// The engine, which begins nothing any more once `stop` is set.
    pub fn stopping_with(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// The engine of a worker with these labels, or of a server's requests: it carries nothing out
    /// in environments that want another. Without it everything is carried out here.
    pub fn with_labels(mut self, labels: Labels) -> Self {
        self.labels = labels;
        self
    }

    /// The engine of an agent: it carries out what `central` decides, which records it too.
    pub fn working_for(mut self, central: Arc<dyn Central>) -> Self {
        self.central = Some(central);
        self
    }

    /// With attestations: without them nothing signed is found, and nothing can be signed.
    pub fn with_attestations(mut self, attestations: Arc<dyn Attestations>) -> Self {
        self.attestations = attestations;
        self
    }

    /// With a ledger that has a name and a key: without it promotions are not proven, and what is
    /// signed names no checkpoint.
    pub fn with_log(mut self, log: Arc<dyn Log>) -> Self {
        self.log = Some(log);
        self
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &PipelineName {
        &self.pipeline
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The labels of whoever carries out here.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The clock's instant.
    pub fn now(&self) -> Time {
        Time::from_us(self.clock.now_us())
    }

    /// The state as it is stored now. What was folded before is not loaded again.
    pub async fn state(&self) -> Result<Arc<State>, EngineError> {
        self.folded.read(&self.store, &self.pipeline).await
    }

    /// Decides a command, and records what follows from it; decided again where someone else
    /// appended first.
    pub async fn record(
        &self,
        command: &Command,
        fence: Option<&Fence>,
    ) -> Result<Recorded, EngineError> {
        if let Some(central) = &self.central {
            return self.handed_in(&**central, command, fence).await;
        }
        for _ in 0..TRIES_MAX {
            let Decided {
                state,
                events,
                after,
                entries,
            } = self.decided(command).await?;
            if events.is_empty() {
                return Ok(Recorded { events, state });
            }
            let bytes = entries.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
            let stream = self.pipeline.as_str();
            match self
                .store
                .append(stream, state.version, &bytes, fence)
                .await
            {
                Ok(_) => {
                    let state = Arc::new(after);
                    self.folded.recorded(&state).await;
                    self.snapshot_if_due(&state, &bytes).await;
                    return Ok(Recorded { events, state });
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Contended {
            pipeline: self.pipeline.to_string(),
            tries: TRIES_MAX,
        })
    }

    /// Decides a command without recording anything: what would be recorded.
    pub async fn would(&self, command: &Command) -> Result<Recorded, EngineError> {
        let Decided { events, after, .. } = self.decided(command).await?;
        Ok(Recorded {
            events,
            state: Arc::new(after),
        })
    }

    /// The state after a command in one that may not be recorded.
    pub(crate) fn would_in(&self, state: &State, command: &Command) -> Result<State, EngineError> {
        let decided = self.decide(Arc::new(state.clone()), command)?;
        Ok(decided.after)
    }

    /// Where progress is told to.
    pub(crate) fn report(&self) -> Report {
        self.report.clone()
    }

    pub(crate) fn tell(&self, progress: &Progress) {
        (self.report)(progress);
    }

    /// What follows from a command. A snapshot that turned out to be unreadable in part decides
    /// nothing: the stream is folded, and it is decided again.
    async fn decided(&self, command: &Command) -> Result<Decided, EngineError> {
        let state = self.state().await?;
        let decided = self.decide(Arc::clone(&state), command);
        if state.is_intact() {
            return decided;
        }
        let state = Arc::new(self.folded.anew(&self.store, &self.pipeline).await?);
        *self.folded.state.lock().await = Arc::clone(&state);
        self.decide(state, command)
    }

    fn decide(&self, state: Arc<State>, command: &Command) -> Result<Decided, EngineError> {
        let now = self.now();
        demand_labels(&state, command, &self.labels)?;
        if self.central.is_some() && Handed::of(command).is_none() {
            return Err(self.not_an_agents());
        }
        let events = decide(&state, command, &self.actor, now)?;
        let (after, entries) = self.fold_all(&state, &events, state.stamp(now)?)?;
        Ok(Decided {
            state,
            events,
            after,
            entries,
        })
    }

    fn fold_all(
        &self,
        state: &State,
        events: &[Event],
        time: Time,
    ) -> Result<(State, Vec<Entry>), EngineError> {
        let mut after = state.clone();
        let mut entries = Vec::with_capacity(events.len());
        let adopted = events.iter().filter_map(|event| match event {
            Event::PolicyAdopted { policy, .. } => Some(&**policy),
            _ => None,
        });
        let in_force = state.adopted.iter().map(|adopted| &adopted.policy);
        let actor = self.actor.as_known_to(in_force.chain(adopted));
        for event in events {
            let entry = Entry {
                v: EVENT_VERSION,
                pipeline: self.pipeline.clone(),
                n: after.version + 1,
                time,
                actor: actor.clone(),
                event: event.clone(),
            };
            fold(&mut after, &entry, &self.pipeline)?;
            entries.push(entry);
        }
        Ok((after, entries))
    }
}
