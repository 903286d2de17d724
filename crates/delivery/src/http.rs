//! HTTP checks: a GET request, repeated until it passes or the time is over.

mod client;

use std::time::Duration;

use liftlock_core::Span;
use liftlock_engine::ports::{CheckOutcome, OUTPUT_BYTES_MAX};
use reqwest::Url;
use tokio::time::{Instant, sleep};

use self::client::{Answer, Client};
use crate::output::{Bounded, one_line};

/// The longest one request may take.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// How long is waited after the first try, and after the later ones at most.
const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// What passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The status.
    pub(crate) status: u16,
    /// Text in the body.
    pub(crate) contains: Option<&'a str>,
}

impl Wanted<'_> {
    fn is_met(&self, answer: &Answer) -> bool {
        answer.status == self.status && self.contains.is_none_or(|text| holds(&answer.body, text))
    }
}

/// Asks `url` until the answer is the wanted one, or `within` is over.
pub(crate) async fn check(url: &str, wanted: Wanted<'_>, within: Span) -> CheckOutcome {
    check_at_pace(url, wanted, within, PACE).await
}

async fn check_at_pace(
    url: &str,
    wanted: Wanted<'_>,
    within: Span,
    (mut pause, pause_max): (Duration, Duration),
) -> CheckOutcome {
    let (url, client) = match prepare(url, wanted) {
        Ok(prepared) => prepared,
        Err(summary) => return outcome(false, &summary, Vec::new()),
    };
    let start = Instant::now();
    let mut tries = 0u32;
    loop {
        let left = within.duration().saturating_sub(start.elapsed());
        tries += 1;
        let tried = client.get(&url, REQUEST_WITHIN.min(left)).await;
        let seen = seen(&tried, wanted);
        let summary = format!("GET {} {seen}", shown(&url));
        if tried.as_ref().is_ok_and(|answer| wanted.is_met(answer)) {
            let rest = if tries > 1 {
                after(tries, start)
            } else {
                String::new()
            };
            return outcome(true, &format!("{summary}{rest}"), body(tried));
        }
        if within.duration().saturating_sub(start.elapsed()) <= pause {
            let expected = format!(", expected {}", wanted.status);
            return outcome(
                false,
                &format!("{summary}{expected}{}", after(tries, start)),
                body(tried),
            );
        }
        sleep(pause).await;
        pause = (pause * 2).min(pause_max);
    }
}

fn prepare(url: &str, wanted: Wanted<'_>) -> Result<(Url, Client), String> {
    let parsed: Url = url
        .parse()
        .map_err(|e| format!("the URL cannot be used: {e}"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(format!(
            "the URL is {}, expected http or https",
            parsed.scheme()
        ));
    }
    let client = Client::new(&parsed, (300..400).contains(&wanted.status))
        .map_err(|e| format!("requests cannot be made: {e}"))?;
    Ok((parsed, client))
}

/// The URL without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for a URL without a host, which has no user either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn seen(tried: &Result<Answer, String>, wanted: Wanted<'_>) -> String {
    let answer = match tried {
        Ok(answer) => answer,
        Err(why) => return format!("got no answer ({why})"),
    };
    let mut text = format!("answered {}", answer.status);
    if let Some(to) = &answer.not_followed {
        text.push_str(&format!(
            " (a redirect to {}, which is not followed)",
            shown(to)
        ));
    }
    if let Some(missing) = wanted.contains
        && answer.status == wanted.status
        && !holds(&answer.body, missing)
    {
        text.push_str(&format!(" without {missing:?} in its body"));
    }
    text
}

fn after(tries: u32, start: Instant) -> String {
    let tries = if tries == 1 {
        "1 try".to_owned()
    } else {
        format!("{tries} tries")
    };
    format!(", {tries} in {} s", start.elapsed().as_secs())
}

fn holds(body: &[u8], text: &str) -> bool {
    text.is_empty()
        || body
            .windows(text.len())
            .any(|window| window == text.as_bytes())
}

fn body(tried: Result<Answer, String>) -> Vec<u8> {
    let mut kept = Bounded::new(OUTPUT_BYTES_MAX);
    if let Ok(answer) = tried {
        kept.push(&answer.body);
    }
    kept.finish()
}

fn outcome(passed: bool, summary: &str, output: Vec<u8>) -> CheckOutcome {
    CheckOutcome {
        passed,
        summary: one_line(summary),
        output,
    }
}

#[cfg(test)]
mod tests;
