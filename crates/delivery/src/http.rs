//! HTTP checks: a GET request, repeated until it passes or the time is over.

mod wanted;

use std::time::Duration;

use liftlock_core::policy::HttpCheck;
use liftlock_engine::ports::{CheckOutcome, OUTPUT_BYTES_MAX};
use tokio::time::{Instant, sleep};

use self::wanted::Wanted;
use crate::local::LocalDelivery;
use crate::output::{Bounded, one_line};
use crate::web::{Answer, Site, shown};

/// The longest one request may take.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// How long is waited after the first try, and after the later ones at most.
const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// Asks until the answer was the wanted one as often in a row as it must be, or the time is over.
pub(crate) async fn check(local: &LocalDelivery, declared: &HttpCheck) -> CheckOutcome {
    check_at_pace(local, declared, PACE).await
}

async fn check_at_pace(
    local: &LocalDelivery,
    declared: &HttpCheck,
    (first_pause, pause_max): (Duration, Duration),
) -> CheckOutcome {
    let (site, wanted) = match prepare(local, declared).await {
        Ok(prepared) => prepared,
        Err(summary) => return outcome(false, &summary, Vec::new()),
    };
    let within = declared.within.duration();
    let start = Instant::now();
    let mut pause = first_pause;
    let (mut tries, mut in_a_row) = (0u32, 0u32);
    loop {
        let left = within.saturating_sub(start.elapsed());
        tries += 1;
        let tried = site.get(REQUEST_WITHIN.min(left)).await;
        let lacks = tried.as_ref().ok().and_then(|answer| wanted.lacks(answer));
        let summary = format!(
            "GET {} {}",
            shown(site.url()),
            seen(&tried, lacks.as_deref())
        );
        if tried.is_ok() && lacks.is_none() {
            in_a_row += 1;
            pause = first_pause;
            if in_a_row >= declared.times() {
                let rest = if tries > 1 {
                    after(tries, start)
                } else {
                    String::new()
                };
                return outcome(true, &format!("{summary}{rest}"), body(tried));
            }
        } else {
            in_a_row = 0;
        }
        if within.saturating_sub(start.elapsed()) <= pause {
            let expected = match in_a_row {
                0 => format!(", expected {}", declared.expect),
                _ => format!(", {in_a_row} times in a row of {}", declared.times()),
            };
            let rest = after(tries, start);
            return outcome(false, &format!("{summary}{expected}{rest}"), body(tried));
        }
        sleep(pause).await;
        if in_a_row == 0 {
            pause = (pause * 2).min(pause_max);
        }
    }
}

async fn prepare<'a>(
    local: &LocalDelivery,
    declared: &'a HttpCheck,
) -> Result<(Site, Wanted<'a>), String> {
    let wanted = Wanted::of(declared)?;
    let follows = !(300..400).contains(&declared.expect);
    let (ca, token) = (declared.ca.as_deref(), declared.token.as_ref());
    let site = Site::open(local, &declared.url, (ca, token), follows).await?;
    Ok((site, wanted))
}

fn seen(tried: &Result<Answer, String>, lacks: Option<&str>) -> String {
    let answer = match tried {
        Ok(answer) => answer,
        Err(why) => return format!("got no answer ({why})"),
    };
    let mut text = format!("answered {}", answer.status);
    if let Some(to) = &answer.not_followed {
        let to = shown(to);
        text.push_str(&format!(" (a redirect to {to}, which is not followed)"));
    }
    if let Some(lacks) = lacks.filter(|lacks| !lacks.is_empty()) {
        text.push_str(&format!(" {lacks}"));
    }
    text
}

fn after(tries: u32, start: Instant) -> String {
    let tries = match tries {
        1 => "1 try".to_owned(),
        _ => format!("{tries} tries"),
    };
    format!(", {tries} in {} s", start.elapsed().as_secs())
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
        report: None,
    }
}

#[cfg(test)]
mod tests;
