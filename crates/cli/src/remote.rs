//! A server is asked instead of a state at hand: the same requests, the same answers.

mod ledger;
mod lines;
mod policy;
mod server;

use std::time::{Duration, Instant};

use liftlock_core::{PipelineName, Policy, Span};
use liftlock_engine::Progress;
use liftlock_verbs::{Access, Done, Exit, Failure, Request};

pub(crate) use ledger::{Own, Proving, RemoteLedger, Seen, fold, key_of};
pub(crate) use server::{Server, no_tls, safe};

use crate::context::{Context, load_policy};
use crate::output::report;
use lines::Told;
use server::Asking;

/// How long one request may wait for a promotion; a longer wait is several.
const WAIT_MAX: Duration = Duration::from_secs(50);

/// Whether a state's address is a server's.
pub(crate) fn is_server(state: &str) -> bool {
    state.starts_with("https://") || state.starts_with("http://")
}

/// Asks a server to carry a request out, and says what it says on the way.
pub(crate) async fn carry_out(
    server: &Server,
    request: Request,
    context: &Context,
) -> Result<Done, Failure> {
    // A name that is none is said here, not by what it would be sent in.
    context.actor()?;
    let policy = load_policy(context)?;
    let pipeline = pipeline(server, policy.as_ref(), context).await?;
    let asking = Asking {
        server,
        pipeline: &pipeline,
        policy: policy.map(|policy| policy.digest()),
        color: context.ui.color,
        act_as: context.act_as.as_deref(),
    };
    match waited(&asking, &request, context).await {
        Err(failure) if failure.code == "unadopted" => {
            Err(policy::differs(&asking, context).await.unwrap_or(failure))
        }
        Err(failure) if failure.code == "no-pipeline" && asking.policy.is_some() => {
            if request.access() != Access::Write || request.is_about_policy() {
                return Err(failure);
            }
            policy::adopt(&asking, context).await?;
            waited(&asking, &request, context).await
        }
        ended => ended,
    }
}

/// The pipeline that is meant: the file's, or the only one that the server tells of.
pub(crate) async fn pipeline(
    server: &Server,
    policy: Option<&Policy>,
    context: &Context,
) -> Result<PipelineName, Failure> {
    match policy {
        Some(policy) => Ok(policy.pipeline.clone()),
        None => server.only_pipeline(context).await,
    }
}

/// Asks, and asks again where one request could not wait as long as it is wanted.
async fn waited(
    asking: &Asking<'_>,
    request: &Request,
    context: &Context,
) -> Result<Done, Failure> {
    let Request::Promote(promote) = request else {
        return once(asking, request, context, &mut Vec::new()).await;
    };
    let started = Instant::now();
    let mut told = Vec::new();
    loop {
        let left = promote
            .wait
            .map(|wait| wait.duration().saturating_sub(started.elapsed()));
        let mut part = promote.clone();
        part.wait = left.map(|left| Span::from_secs(left.min(WAIT_MAX).as_secs().cast_signed()));
        let request = Request::Promote(part);
        let done = once(asking, &request, context, &mut told).await?;
        let over = left.is_none_or(|left| left <= WAIT_MAX);
        if over || done.exit != Exit::Waiting {
            return Ok(done);
        }
    }
}

/// Asks once. `told` is what it was said to wait for last: that is not said again.
async fn once(
    asking: &Asking<'_>,
    request: &Request,
    context: &Context,
    told: &mut Vec<String>,
) -> Result<Done, Failure> {
    let report = report(context.ui);
    let mut differs = false;
    let done = asking
        .ask(request, &mut |line| match line {
            Told::Progress(progress) => {
                if let Progress::Waiting { reasons, .. } = &*progress {
                    if reasons == told {
                        return;
                    }
                    told.clone_from(reasons);
                }
                report(&progress);
            }
            Told::Note(text) => context.ui.note(&text),
            Told::Warning(text) => context.ui.warn(&text),
            Told::PolicyDiffers => differs = true,
        })
        .await;
    if differs {
        policy::warn(asking, context).await;
    }
    done
}

/// A pipeline's name as a server gives it.
fn name(text: &str) -> Result<PipelineName, Failure> {
    text.parse().map_err(|error: liftlock_core::NameError| {
        Failure::failed(
            "server",
            format!("the server names a pipeline that is none: {error}"),
        )
    })
}
