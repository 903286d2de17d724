//! `promote`: asked for, decided, and, when every gate passes, carried out.

use std::sync::Arc;
use std::time::Duration;

use liftlock_core::decide::Wanted;
use liftlock_core::observed::Observed;
use liftlock_core::plan::{Plan, verdicts};
use liftlock_core::promotion::{Outcome, Promotion, Status};
use liftlock_core::verdict::{Answer, Verdict, overall};
use liftlock_core::{Command, EnvironmentName, PromotionId, Refusal, State};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Engine, EngineError, Look, Progress, TakenUp};

/// How a promotion is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromoteOptions {
    /// Only ask, and leave the rest to `tick`.
    pub detach: bool,
    /// Stay until it is over, for at most this long.
    pub wait: Option<Duration>,
}

/// What became of it.
#[derive(Debug)]
pub enum PromoteOutcome {
    /// The release is current there, and this is how things look.
    Current(Look),
    /// This would be done.
    Planned(Box<Plan>),
    /// It is open and waits.
    Waiting {
        /// The promotion.
        promotion: PromotionId,
        /// Each gate's verdict.
        verdicts: Vec<Verdict>,
    },
    /// It was only asked for.
    Detached {
        /// The promotion.
        promotion: PromotionId,
        /// Each gate's verdict.
        verdicts: Vec<Verdict>,
    },
    /// It was carried out.
    Carried(Carried),
}

/// A promotion that was carried out, well or not.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Which.
    pub promotion: PromotionId,
    /// The state after it.
    pub state: Arc<State>,
}

impl Carried {
    /// How it ended; `None` where something is still to be put back, or where it waits again.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.get()?.status {
            Status::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// The promotion.
    pub fn get(&self) -> Option<&Promotion> {
        self.state.promotions.get(&self.promotion)
    }
}

/// How often a waiting promotion is looked at where nobody says when something can change.
const POLL: Duration = Duration::from_secs(2);

/// How often it is looked meanwhile what is signed beside its images: that asks registries, where
/// the rest is read from the state.
const BESIDE_EVERY: Duration = Duration::from_secs(30);

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Promotes a release. What a process that is gone left behind in the environment is carried on
    /// first. Blocked is a refusal; where it was blocked from the start nothing stays open.
    pub async fn promote(
        &self,
        wanted: &Wanted,
        options: PromoteOptions,
    ) -> Result<PromoteOutcome, EngineError> {
        self.recover(&wanted.environment).await?;
        let state = self.state().await?;
        if wanted.is_current(&state).is_some()
            && let Some(look) = self.look(&state, &wanted.environment).await?
        {
            return Ok(PromoteOutcome::Current(look));
        }
        let beside = self
            .look_beside(&wanted.release, &wanted.environment)
            .await?;
        let state = self.state().await?;
        let open = state.open_promotion(&wanted.release, &wanted.environment);
        let request = self.request(&wanted.release, &wanted.environment, wanted.older, open);
        let observed = self.observe(&state, &request).await?;
        let command = Command::Request {
            wanted: wanted.clone(),
            observed: observed.clone(),
        };
        let state = self.record(&command, None).await?.state;
        let open = state.open_promotion(&wanted.release, &wanted.environment);
        let Some(promotion) = open else {
            return Err(EngineError::from(Refusal::NoPromotion {
                release: wanted.release.clone(),
                environment: wanted.environment.clone(),
            }));
        };
        let id = promotion.request.id;
        if options.detach {
            let mut verdicts = self.verdicts(&state, promotion).await?;
            let elsewhere = self.elsewhere(&state, &wanted.environment).await?;
            verdicts.extend(elsewhere);
            return Ok(PromoteOutcome::Detached {
                promotion: id,
                verdicts,
            });
        }
        // What could not be looked at is looked at again before anything is committed.
        let observed = beside.verdict().is_none().then_some(observed);
        self.pursue(id, observed, options.wait).await
    }

    /// What `promote` would do in a state that may not be recorded: one in which the release would
    /// exist. Nothing is changed.
    pub async fn rehearse(
        &self,
        state: &State,
        wanted: &Wanted,
    ) -> Result<PromoteOutcome, EngineError> {
        if wanted.is_current(state).is_some()
            && let Some(look) = self.look(state, &wanted.environment).await?
        {
            return Ok(PromoteOutcome::Current(look));
        }
        let Wanted {
            release,
            environment,
            older,
            ..
        } = wanted;
        let plan = self.plan_in(state, release, environment, *older).await?;
        Ok(PromoteOutcome::Planned(Box::new(plan)))
    }

    /// Tries to commit, and waits and tries again where the caller wants to stay. What was seen
    /// when it was asked for serves the first attempt; a later one looks again.
    async fn pursue(
        &self,
        id: PromotionId,
        mut observed: Option<Observed>,
        wait: Option<Duration>,
    ) -> Result<PromoteOutcome, EngineError> {
        let started = tokio::time::Instant::now();
        let mut looked = started;
        let mut told = Vec::new();
        loop {
            let beside = looked.elapsed() >= BESIDE_EVERY;
            if beside {
                looked = tokio::time::Instant::now();
            }
            let verdicts = match self.try_commit(id, observed.take(), beside).await? {
                Attempt::Carried(carried) => return Ok(PromoteOutcome::Carried(carried)),
                Attempt::Waiting(verdicts) => verdicts,
            };
            let left = wait.map(|wait| wait.saturating_sub(started.elapsed()));
            let left = left.filter(|left| !left.is_zero() && !self.stop.is_set());
            let Some(left) = left else {
                return Ok(PromoteOutcome::Waiting {
                    promotion: id,
                    verdicts,
                });
            };
            let reasons = open_reasons(&verdicts);
            if reasons != told {
                self.tell(&Progress::Waiting {
                    promotion: id,
                    reasons: reasons.clone(),
                });
                told = reasons;
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause(&verdicts).min(left)) => {}
                () = self.stop.wished() => {}
            }
        }
    }

    /// Until the next instant at which time alone can change something, but no longer than a poll:
    /// evidence and approvals come from elsewhere.
    fn pause(&self, verdicts: &[Verdict]) -> Duration {
        let now = self.now();
        let waiting = verdicts.iter().filter(|v| v.answer == Answer::Waiting);
        let next = waiting
            .filter_map(|v| v.until)
            .filter(|until| *until > now)
            .min();
        next.map_or(POLL, |next| next.since(now).duration().min(POLL))
    }

    /// Commits a promotion under its environment's lease if every gate passes now, and carries it
    /// out. With `beside` it is looked what is signed beside its images even while it waits.
    pub(crate) async fn try_commit(
        &self,
        id: PromotionId,
        observed: Option<Observed>,
        beside: bool,
    ) -> Result<Attempt, EngineError> {
        match self.take_up_waiting(id, observed, beside).await? {
            Tried::Committed(taken) => {
                let under = (&taken.lease, &taken.fence);
                let carried = self.carry_out(taken.promotion, under).await?;
                Ok(Attempt::Carried(carried))
            }
            Tried::Ended(carried) => Ok(Attempt::Carried(carried)),
            Tried::Waiting(verdicts) => Ok(Attempt::Waiting(verdicts)),
        }
    }

    /// Commits a promotion, and does not carry it out yet.
    pub(crate) async fn take_up_waiting(
        &self,
        id: PromotionId,
        observed: Option<Observed>,
        beside: bool,
    ) -> Result<Tried<S::Lease>, EngineError> {
        let state = self.state().await?;
        let Some(promotion) = state.promotions.get(&id) else {
            return Ok(Tried::Waiting(Vec::new()));
        };
        if !matches!(promotion.status, Status::Waiting) {
            return self.taken_by_others(promotion, &state).await;
        }
        let environment = promotion.request.environment.clone();
        let mut verdicts = self.verdicts(&state, promotion).await?;
        let waits = overall(&verdicts) == Answer::Waiting;
        // What passes is not committed on what was signed some time ago.
        let looks = self.central.is_none() && (beside || !waits);
        if observed.is_none() && !promotion.is_rollback() && looks {
            let release = promotion.request.release.clone();
            let looked = self.look_beside(&release, &environment).await?;
            let state = self.state().await?;
            let Some(promotion) = state.promotions.get(&id) else {
                return Ok(Tried::Waiting(Vec::new()));
            };
            verdicts = self.verdicts(&state, promotion).await?;
            verdicts.extend(looked.verdict());
        }
        if let Some(elsewhere) = self.elsewhere(&state, &environment).await? {
            if overall(&verdicts) == Answer::Blocked {
                return Err(EngineError::from(Refusal::Blocked {
                    release: promotion.request.release.clone(),
                    environment,
                    verdicts,
                }));
            }
            verdicts.push(elsewhere);
        }
        if overall(&verdicts) == Answer::Waiting {
            return Ok(Tried::Waiting(verdicts));
        }
        let Some((lease, fence)) = self.lease(&environment).await? else {
            return Ok(Tried::Waiting(vec![held(&environment)]));
        };
        let waiting = match &self.central {
            Some(central) => {
                let taken = central
                    .take_up(&self.pipeline, &environment, &fence)
                    .await?;
                if let Some(promotion) = taken {
                    return Ok(Tried::Committed(TakenUp {
                        promotion,
                        lease,
                        fence,
                    }));
                }
                Some(verdicts)
            }
            None => {
                let place = (id, &environment);
                self.commit_under(place, observed, &fence).await?
            }
        };
        Ok(match waiting {
            Some(verdicts) => Tried::Waiting(verdicts),
            None => Tried::Committed(TakenUp {
                promotion: id,
                lease,
                fence,
            }),
        })
    }

    /// The same under the environment's lease; the verdicts, where it cannot be committed yet.
    pub(crate) async fn commit_under(
        &self,
        (id, environment): (PromotionId, &EnvironmentName),
        observed: Option<Observed>,
        fence: &Fence,
    ) -> Result<Option<Vec<Verdict>>, EngineError> {
        let state = self.state().await?;
        self.sum_before(&state, environment, Some(fence)).await?;
        // Under the lease the state is another one, perhaps; what counts is what is so at commit.
        let state = self.state().await?;
        let Some(promotion) = state.promotions.get(&id) else {
            return Ok(Some(Vec::new()));
        };
        let request = &promotion.request;
        let request = self.request(&request.release, environment, false, Some(promotion));
        let observed = match observed {
            Some(observed) => observed,
            None => self.observe(&state, &request).await?,
        };
        match self
            .record(
                &Command::Commit {
                    promotion: id,
                    observed,
                },
                Some(fence),
            )
            .await
        {
            Ok(_) => Ok(None),
            Err(EngineError::Refused(refusal)) => match *refusal {
                Refusal::NotYet { verdicts, .. } => Ok(Some(verdicts)),
                refusal => Err(refusal.into()),
            },
            Err(error) => Err(error),
        }
    }

    /// What every gate says now, with what was watched so far.
    async fn verdicts(
        &self,
        state: &Arc<State>,
        open: &Promotion,
    ) -> Result<Vec<Verdict>, EngineError> {
        let (release, environment) = (&open.request.release, &open.request.environment);
        let state = self.as_watched_before(Arc::clone(state), environment);
        let state = state.await?;
        let request = self.request(release, environment, open.request.older, Some(open));
        Ok(verdicts(&state, &request, state.stamp(self.now())?)?)
    }

    /// Another process has taken the promotion on.
    async fn taken_by_others(
        &self,
        promotion: &Promotion,
        state: &Arc<State>,
    ) -> Result<Tried<S::Lease>, EngineError> {
        if promotion.is_open() {
            return Ok(Tried::Waiting(vec![held(&promotion.request.environment)]));
        }
        Ok(Tried::Ended(Carried {
            promotion: promotion.request.id,
            state: Arc::clone(state),
        }))
    }
}

/// What an attempt to commit came to.
pub(crate) enum Attempt {
    /// It was carried out.
    Carried(Carried),
    /// Not every gate passes yet.
    Waiting(Vec<Verdict>),
}

/// What an attempt to commit came to, with nothing carried out yet.
pub(crate) enum Tried<L> {
    /// It was committed.
    Committed(TakenUp<L>),
    /// Others have ended it.
    Ended(Carried),
    /// Not every gate passes yet, or others are at it.
    Waiting(Vec<Verdict>),
}

fn held(environment: &EnvironmentName) -> Verdict {
    let reason = format!("another process is carrying out a promotion in {environment}");
    Verdict::new("environment", "environment", Answer::Waiting, reason)
}

pub(crate) fn open_reasons(verdicts: &[Verdict]) -> Vec<String> {
    let open = verdicts
        .iter()
        .filter(|verdict| verdict.answer != Answer::Passed);
    open.map(|verdict| format!("{}: {}", verdict.gate, verdict.reason))
        .collect()
}
