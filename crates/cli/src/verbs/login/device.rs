//! A login with a browser anywhere: a code is typed there.

use std::time::Duration;

use liftlock_verbs::Failure;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::context::Context;
use crate::remote::Server;

/// The longest that is waited; the server ends a login earlier.
const WITHIN: Duration = Duration::from_secs(1800);
/// The pauses between two questions, in seconds.
const PAUSE_S: std::ops::RangeInclusive<u64> = 1..=60;

pub(super) async fn log_in(server: &Server, context: &Context) -> Result<Value, Failure> {
    let begun = server
        .call(Method::POST, &["login", "device"], None)
        .await?;
    let code = server.text(&begun, "user_code")?;
    let place = server.text(&begun, "verification_uri")?;
    context
        .ui
        .note(&format!("open {place} in a browser, and type {code}"));
    if let Some(complete) = begun["verification_uri_complete"].as_str() {
        context.ui.note(&format!(
            "or open {complete}, and see that it shows this code"
        ));
    }
    let asked = json!({ "login": begun["login"], "device_code": begun["device_code"] });
    let mut pause = pause_of(&begun);
    let end = Instant::now() + WITHIN;
    while Instant::now() < end {
        sleep(pause).await;
        let parts = ["login", "device", "poll"];
        let answer = server.call(Method::POST, &parts, Some(&asked)).await?;
        if answer["status"] == "done" {
            return Ok(answer);
        }
        pause = pause_of(&answer);
    }
    Err(Failure::failed(
        "login-over",
        "nobody logged in within half an hour",
    ))
}

fn pause_of(answer: &Value) -> Duration {
    let seconds = answer["interval_s"].as_u64().unwrap_or(5);
    Duration::from_secs(seconds.clamp(*PAUSE_S.start(), *PAUSE_S.end()))
}
