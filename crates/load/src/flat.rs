//! Whether questions stay as quick as a pipeline's history grows.

use std::time::Instant;

use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::clients::client;
use crate::identities::Identities;
use crate::latency::{Latencies, Spread};
use crate::place::Plan;
use crate::trouble::Trouble;

/// How often each question is asked, one after the other.
const TIMES: usize = 200;

/// Before that, uncounted.
const BEFORE: usize = 5;

/// What is asked of each history.
pub(crate) const QUESTIONS: [&str; 4] = ["status", "plan", "approval", "evidence"];

/// How long the answers about one history took.
pub(crate) struct Row {
    /// About how many events it has.
    pub(crate) events: usize,
    /// By question, in their order.
    pub(crate) answers: Vec<Spread>,
}

/// Asks each question of each history.
///
/// # Errors
/// Where one is not answered.
pub(crate) async fn ask(
    url: &str,
    plan: &Plan,
    identities: &Identities,
) -> Result<Vec<Row>, Trouble> {
    let http = client()?;
    let mut rows = Vec::new();
    for (events, pipeline, release) in plan.histories() {
        let place = format!("{url}/api/v1/pipelines/{pipeline}");
        let mut answers = Vec::new();
        for question in QUESTIONS {
            let mut latencies = Latencies::default();
            for nth in 0..TIMES + BEFORE {
                let request = request(&http, (&place, &release), question, identities);
                let asked = Instant::now();
                let answer = request.send().await?;
                let status = answer.status();
                let text = answer.text().await?;
                // A plan that waits for approvals is an answer.
                if !status.is_success() {
                    let said = format!("{question} of {pipeline}: {status} {text}");
                    return Err(Trouble::answer("the server", said));
                }
                if nth >= BEFORE {
                    latencies.add(asked.elapsed());
                }
            }
            answers.push(latencies.spread());
        }
        rows.push(Row { events, answers });
    }
    Ok(rows)
}

/// `approval` shows what one would be of, with all verdicts, and gives none.
fn request(
    http: &Client,
    (place, release): (&str, &str),
    question: &str,
    identities: &Identities,
) -> RequestBuilder {
    let sent = |path: &str, body: serde_json::Value| {
        let request = http.post(format!("{place}/{path}"));
        let request = request.header("content-type", "application/json");
        request.body(body.to_string())
    };
    let (request, secret) = match question {
        "status" => (http.get(format!("{place}/status")), identities.session(1)),
        "plan" => {
            let plan = format!("{place}/plan?release={release}&to=production");
            (http.get(plan), identities.session(1))
        }
        "approval" => {
            let body = json!({ "release": release, "to": "production", "gates": ["leads"] });
            (sent("approvals/preview", body), identities.session(1))
        }
        _ => {
            let body = json!({ "release": release, "gate": "tests", "pass": true });
            (sent("evidence", body), identities.token(1))
        }
    };
    request.bearer_auth(secret)
}
