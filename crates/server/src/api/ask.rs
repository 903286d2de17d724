//! A request is asked: who, of which pipeline, what; and carried out.

use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, request};
use axum::response::{IntoResponse, Response};
use liftlock_core::access::{self, Denied, On};
use liftlock_core::{PipelineName, Span};
use liftlock_oci::Digest;
use liftlock_verbs::{Access, Endpoint, Exit, Failure, Method, Request, Session};
use serde_json::json;

use super::Api;
use super::answer::{Ended, answer, cached};
use super::once::{self, Once, Turn};
use super::stream::{Lines, PolicyDiffers, stream};
use super::works::AtWork;
use super::{arguments, pages};
use crate::caller::Caller;
use crate::problem::Problem;

/// The longest that a promotion is waited for in one request; whoever waits longer asks again, and
/// attaches to it.
const WAIT_MAX: Duration = Duration::from_secs(50);

/// How long a request that does not ask for a stream is answered after, whatever it came to by
/// then; what it began goes on.
const ANSWER_MAX: Duration = Duration::from_secs(75);

/// The digest of the policy that a client's pipeline file says.
pub(super) const POLICY: &str = "liftlock-policy";

/// Who a client says it is, where that is enough.
const AS: &str = "liftlock-as";

/// Whether a client wants colours in texts.
const COLOR: &str = "liftlock-color";

pub(super) async fn ask(
    endpoint: &'static Endpoint,
    State(api): State<Api>,
    caller: Caller,
    Parts(parts): Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let mut parts = parts;
    let asked = Asked::of(endpoint, &mut parts, &body).await?;
    let headers = parts.headers;
    if headers.contains_key(AS) && !caller.actor.is_claimed() {
        let message = "who acts is who is known to be asking; --as is for what is claimed";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "usage", message));
    }
    let streams = accepts(&headers, "application/x-ndjson");
    let color = headers.get(COLOR).is_some_and(|value| value == "always");
    let (lines, heard) = Lines::new(color);
    let work = Work {
        _at_work: api.1.begin(),
        api,
        caller,
        pipeline: asked.pipeline,
        request: limited(asked.request),
        policy: policy(&headers)?,
        once: asked.once,
    };
    let working = tokio::spawn(work.carried_out(lines));
    if streams {
        return Ok(stream(endpoint.name, working, heard));
    }
    drop(heard);
    let Ok(ended) = tokio::time::timeout(ANSWER_MAX, working).await else {
        return Ok(still_at_work(endpoint.name));
    };
    let mut ended = ended.map_err(Problem::internal)?;
    if endpoint.method == Method::Get {
        if let Ok(done) = &mut ended {
            pages::cut(endpoint, done, &asked.page);
        }
        return Ok(cached(endpoint.name, &ended, &headers));
    }
    Ok(answer(endpoint.name, &ended))
}

/// What is asked of which pipeline.
struct Asked {
    pipeline: PipelineName,
    request: Request,
    page: pages::Page,
    once: Option<Once>,
}

impl Asked {
    async fn of(
        endpoint: &Endpoint,
        parts: &mut request::Parts,
        body: &[u8],
    ) -> Result<Self, Problem> {
        let unreadable = || Problem::of_status(StatusCode::BAD_REQUEST);
        let Path(path) = Path::<Vec<(String, String)>>::from_request_parts(parts, &())
            .await
            .map_err(|_| unreadable())?;
        let Query(mut query) = Query::<Vec<(String, String)>>::from_request_parts(parts, &())
            .await
            .map_err(|_| unreadable())?;
        if !body.is_empty() && !is_json(&parts.headers) {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let pipeline = path.iter().find(|(name, _)| name == "pipeline");
        let pipeline = pipeline.map(|(_, value)| value.parse());
        let Some(Ok(pipeline)) = pipeline else {
            return Err(Problem::not_found("there is no such pipeline"));
        };
        let page = pages::Page::taken(endpoint, &mut query)?;
        Ok(Self {
            pipeline,
            request: arguments::request(endpoint, path, query, body)?,
            page,
            once: Once::of(parts, body)?,
        })
    }
}

/// What is carried out for whom. It is not bound to the connection: what was begun goes on.
struct Work {
    /// Until it is dropped the server's end waits.
    _at_work: AtWork,
    api: Api,
    caller: Caller,
    pipeline: PipelineName,
    request: Request,
    policy: Option<Digest>,
    once: Option<Once>,
}

impl Work {
    async fn carried_out(self, lines: Lines) -> Ended {
        let (differs, client) = (
            lines.policy_differs(),
            lines.attended(Instant::now() + ANSWER_MAX),
        );
        let (report, voice) = lines.into_report_and_voice();
        let site = &self.api.0;
        let place = || (self.pipeline.clone(), self.caller.actor.clone());
        let session = site.session(place(), report.clone(), voice.clone()).await?;
        let policy = session.state.policy().ok();
        let on = On::Pipeline {
            name: &self.pipeline,
            policy,
        };
        self.caller
            .may(self.request.action(policy.is_some()), on)
            .map_err(|denied| refused(&denied))?;
        // What changes nothing can be asked as often as one likes.
        let once = self.once.as_ref();
        let once = once.filter(|_| self.request.access() == Access::Write);
        let Some(once) = once else {
            self.admitted(&session, differs)?;
            return self.request.carry_out(&session).await;
        };
        let open = match once.turn(&session, &self.request, &client).await? {
            Turn::Ended(ended) => return ended,
            Turn::Ours(open) => open,
        };
        let store = site.store.clone();
        let site = site.for_request(&open);
        let session = site.session(place(), report, voice).await;
        let session = session.and_then(|session| {
            self.admitted(&session, differs)?;
            Ok(session)
        });
        let ended = match session {
            Ok(session) => {
                let work = self.request.carry_out(&session);
                once::carried(&store, &open, work).await
            }
            // It was not begun: with the same key it can be asked once it may.
            Err(failure) => {
                store.forget_request(&open).await?;
                return Err(failure);
            }
        };
        once::settle(&store, &open, &ended).await;
        ended
    }

    /// Whether it can be asked of the pipeline as it is.
    fn admitted(&self, session: &Session, differs: PolicyDiffers) -> Result<(), Failure> {
        adoptable(&self.request, &self.caller)?;
        admitted(session, &self.request, self.policy, || differs.tell())
    }
}

/// What is to be adopted has to be a policy for this server.
fn adoptable(request: &Request, caller: &Caller) -> Result<(), Failure> {
    let Request::PolicyApply(apply) = request else {
        return Ok(());
    };
    let policy = apply.file.policy()?;
    access::adoptable(&policy, &caller.actor)
        .map_err(|claimed| Failure::new(Exit::Usage, "claimed", claimed.to_string()))
}

/// What whoever may not do it is told.
fn refused(denied: &Denied) -> Failure {
    let problem = Problem::from(denied);
    let exit = match denied {
        Denied::NotThere { .. } => Exit::Usage,
        _ => Exit::Refused,
    };
    let failure = Failure::new(exit, problem.code, problem.message);
    match denied {
        Denied::NotThere { .. } => {
            failure.hint("`liftlock policy apply` makes one of a pipeline file")
        }
        _ => failure,
    }
}

/// Whether there is such a pipeline, under the policy that the client knows.
fn admitted(
    session: &Session,
    request: &Request,
    policy: Option<Digest>,
    differs: impl FnOnce(),
) -> Result<(), Failure> {
    if matches!(request, Request::PolicyApply(_)) {
        return Ok(());
    }
    let Some(adopted) = &session.state.adopted else {
        let failure = Failure::new(Exit::Usage, "no-pipeline", "there is no such pipeline");
        return Err(failure.hint("`liftlock policy apply` makes one of a pipeline file"));
    };
    let is_other = policy.is_some_and(|policy| policy != adopted.digest);
    if !is_other || request.is_about_policy() {
        return Ok(());
    }
    let message = "the pipeline file differs from the adopted policy";
    if request.access() == Access::Read {
        differs();
        return Ok(());
    }
    let failure = Failure::new(Exit::Usage, "unadopted", message);
    Err(failure
        .hint("`liftlock policy apply` adopts it; what waits for approval then needs it anew"))
}

/// With a wait that one request may take.
fn limited(mut request: Request) -> Request {
    if let Request::Promote(promote) = &mut request {
        let longest = Span::from_secs(WAIT_MAX.as_secs().cast_signed());
        promote.wait = promote.wait.map(|wait| wait.min(longest));
    }
    request
}

fn policy(headers: &HeaderMap) -> Result<Option<Digest>, Problem> {
    let Some(value) = headers.get(POLICY) else {
        return Ok(None);
    };
    let digest = value.to_str().ok().and_then(|text| text.parse().ok());
    let message = format!("{POLICY} is not a digest");
    let problem = || Problem::new(StatusCode::BAD_REQUEST, "invalid", message);
    digest.map(Some).ok_or_else(problem)
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut values = values.filter_map(|value| value.to_str().ok());
    values.any(|value| value.split(',').any(|one| one.trim().starts_with(kind)))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}

/// It goes on, and cannot be waited for any longer here.
fn still_at_work(name: &str) -> Response {
    let document = json!({
        "version": liftlock_verbs::JSON_VERSION,
        "command": name,
        "exit": Exit::Waiting as u8,
        "result": { "at_work": true },
    });
    (StatusCode::ACCEPTED, Json(document)).into_response()
}

/// The head of a request.
pub(super) struct Parts(request::Parts);

impl<S: Sync> FromRequestParts<S> for Parts {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.clone()))
    }
}
