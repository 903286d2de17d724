//! Deployers whose programs fail, stop half-way, and outlive who started them; checks that find
//! out the truth, mostly.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{EnvironmentName, ImageKey, PipelineName};
use liftlock_engine::ports::{
    CheckOutcome, CheckRequest, Delivered, Delivery, DeliveryContext, DeliveryError, DeployRequest,
};
use liftlock_oci::Digest;

use super::Line;
use crate::faults::Fault;
use crate::time::{MINUTE, SECOND};

/// Deployers and checks as one process runs them.
pub(crate) struct SimulatedDelivery(pub(crate) Line);

/// How a deployment turns out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Well,
    Nothing,
    Half,
    Silent,
}

/// A program that runs. Whoever drops it ends it, unless by dying.
struct Program<'a>(&'a Line, &'a EnvironmentName, bool);

impl Drop for Program<'_> {
    fn drop(&mut self) {
        let Self(line, environment, runs) = self;
        line.world.with(|world| {
            if *runs && world.dying != Some(line.process) {
                world.machines.end_own(environment, line.process);
                world
                    .statistics
                    .count("machines: program ended with its lease");
            }
        });
    }
}

impl SimulatedDelivery {
    fn begin(&self, request: &DeployRequest) -> (Turn, i64) {
        let (line, context) = (&self.0, &request.context);
        line.world.with(|world| {
            let judged = world
                .judge
                .deployment(context, line.process, &world.records);
            world.hold(judged);
            let turn = if world.strikes(Fault::DeployFails) {
                Turn::Nothing
            } else if world.strikes(Fault::DeployHalf) {
                Turn::Half
            } else if world.strikes(Fault::DeploySilent) {
                Turn::Silent
            } else {
                Turn::Well
            };
            let images = digests(context);
            let count = match turn {
                Turn::Well | Turn::Silent => images.len(),
                Turn::Nothing => 0,
                Turn::Half => images.len() / 2,
            };
            let (now, takes) = (world.now, world.random.between(SECOND, 25 * MINUTE));
            let owner = (&context.environment, line.process);
            let judged = match world
                .machines
                .is_left_behind(&context.environment, line.process)
            {
                true => Err(format!(
                    "{} is deployed to while a program of another process still runs there",
                    context.environment
                )),
                false => Ok(()),
            };
            world.hold(judged);
            world
                .machines
                .start(owner, &images, (now, now + takes), count);
            let deployed = world
                .machines
                .deployed
                .insert(context.promotion.clone(), images.clone());
            let judged = match deployed.filter(|before| *before != images) {
                Some(_) => Err(format!("{} deploys different things", context.promotion)),
                None => Ok(()),
            };
            world.hold(judged);
            if world.strikes(Fault::DiesDeploying) {
                world.doomed = Some(line.process);
                world.alarm = Some(line.world.pipeline);
            }
            (turn, takes)
        })
    }
}

fn digests(context: &DeliveryContext) -> BTreeMap<ImageKey, Digest> {
    let images = context.images.iter();
    images
        .map(|(key, image)| (key.clone(), image.digest))
        .collect()
}

fn failed() -> DeliveryError {
    DeliveryError::Failed {
        program: "deploy".to_owned(),
        status: "exit status 1".to_owned(),
        message: "simulated".to_owned(),
        output: b"simulated".to_vec(),
    }
}

impl Delivery for SimulatedDelivery {
    async fn deploy(&self, request: &DeployRequest) -> Result<Delivered, DeliveryError> {
        self.0.blink().await;
        let (turn, takes) = self.begin(request);
        let environment = &request.context.environment;
        let mut program = Program(&self.0, environment, true);
        self.0.world.pause(takes).await;
        program.2 = false;
        match turn {
            Turn::Well => {
                let output = b"done".to_vec();
                Ok(Delivered {
                    output,
                    summary: None,
                })
            }
            _ => Err(failed()),
        }
    }

    async fn running(
        &self,
        request: &DeployRequest,
    ) -> Result<BTreeMap<ImageKey, BTreeSet<Digest>>, DeliveryError> {
        self.0.travel().await;
        let running = self.0.world.with(|world| {
            if world.strikes(Fault::RunningFails) {
                return Err(failed());
            }
            Ok(world.machines.running(&request.context.environment))
        })?;
        self.0.travel().await;
        let keys = request.context.images.keys();
        let told = keys.map(|key| (key.clone(), running.get(key).copied().into_iter().collect()));
        Ok(told.collect())
    }

    async fn check(&self, request: &CheckRequest) -> CheckOutcome {
        let takes = self
            .0
            .world
            .with(|world| world.random.between(SECOND, 5 * MINUTE));
        self.0.world.pause(takes).await;
        let passed = self.0.world.with(|world| {
            let context = &request.context;
            let judged = world.judge.check(request, self.0.process, &world.records);
            world.hold(judged);
            // What is checked is what runs; where nothing is deployed, what the tags now name.
            let looked_at = match world.judge.book.deploys(&context.promotion) {
                true => {
                    let mut running = world.machines.running(&context.environment);
                    running.retain(|key, _| context.images.contains_key(key));
                    running
                }
                false => digests(context),
            };
            let mut images = looked_at.values();
            let good = images.all(|digest| world.machines.is_good(&context.environment, *digest));
            let passed = good && !world.strikes(Fault::CheckFails);
            world
                .judge
                .checked(&context.promotion, &request.name, passed);
            world.statistics.count(if passed {
                "check: passed"
            } else {
                "check: failed"
            });
            passed
        });
        self.0.blink().await;
        CheckOutcome {
            passed,
            summary: if passed { "good" } else { "bad" }.to_owned(),
            output: Vec::new(),
            report: None,
        }
    }

    async fn end_left_behind(
        &self,
        _pipeline: &PipelineName,
        environment: &EnvironmentName,
    ) -> Result<Vec<String>, DeliveryError> {
        self.0.blink().await;
        self.0.world.with(|world| {
            if !world.machines.is_left_behind(environment, self.0.process) {
                return Ok(Vec::new());
            }
            if world.leases_expire {
                // Of another machine nothing can be seen; one whose process is gone begins anew.
                let (living, machines) = (&world.living, &world.machines);
                if machines.is_of(environment, living) {
                    return Ok(Vec::new());
                }
            }
            if world.strikes(Fault::CannotEnd) {
                return Err(DeliveryError::LeftBehind {
                    program: "deploy".to_owned(),
                    message: "simulated".to_owned(),
                });
            }
            let ended = world.machines.end_left_behind(environment);
            world
                .statistics
                .count("machines: left-behind program ended");
            world.tell(|| format!("machines of {environment}: {ended} left-behind programs ended"));
            Ok(vec!["deploy".to_owned()])
        })
    }
}
