//! Queries of Prometheus: each value of the result is compared, for a time without a break.

mod answer;

use std::time::Duration;

use liftlock_core::policy::PrometheusCheck;
use liftlock_engine::ports::{CheckOutcome, OUTPUT_BYTES_MAX};
use reqwest::Url;
use tokio::time::{Instant, sleep};

use self::answer::Asked;
use crate::local::LocalDelivery;
use crate::output::{Bounded, one_line};
use crate::web::{Site, shown};

/// The longest one request may take.
const REQUEST_WITHIN: Duration = Duration::from_secs(30);
/// How long is waited between looks, at least and at most; in between, a tenth of the time for
/// which it must hold.
const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Asks until the comparison has held for as long as it must, or the time is over. No value at all
/// does not hold, and neither does no answer.
pub(crate) async fn check(local: &LocalDelivery, declared: &PrometheusCheck) -> CheckOutcome {
    check_at_pace(local, declared, PACE).await
}

async fn check_at_pace(
    local: &LocalDelivery,
    declared: &PrometheusCheck,
    (pause_min, pause_max): (Duration, Duration),
) -> CheckOutcome {
    let mut kept = Bounded::new(OUTPUT_BYTES_MAX);
    let (site, url) = match prepare(local, declared).await {
        Ok(prepared) => prepared,
        Err(why) => return outcome(false, &why, kept),
    };
    let (within, hold) = (declared.within.duration(), declared.hold.duration());
    let pause = (hold / 10).clamp(pause_min, pause_max);
    let start = Instant::now();
    let mut since: Option<Instant> = None;
    let mut looks = 0u32;
    loop {
        let left = within.saturating_sub(start.elapsed());
        looks += 1;
        let answered = site.ask(&url, REQUEST_WITHIN.min(left)).await;
        let asked = match &answered {
            Ok(answer) => Asked::of(answer),
            Err(why) => Asked::NoAnswer(format!("got no answer ({why})")),
        };
        let holds = asked.holds(&declared.expect);
        let seen = asked.said();
        let at = start.elapsed().as_secs();
        let word = if holds { "holds" } else { "does not hold" };
        kept.push(format!("{at} s: {seen}: {} {word}\n", declared.expect).as_bytes());
        if let Asked::Refused(why) = &asked {
            let why = format!("{} refused the query: {why}", shown(site.url()));
            return outcome(false, &why, kept);
        }
        since = match (holds, since) {
            (true, None) => Some(Instant::now()),
            (true, since) => since,
            (false, _) => None,
        };
        let held = since.map(|since| since.elapsed());
        if held.is_some_and(|held| held >= hold) {
            let summary = format!(
                "{seen}, {} for {}, {}",
                declared.expect,
                declared.hold,
                looked(looks)
            );
            return outcome(true, &summary, kept);
        }
        if within.saturating_sub(start.elapsed()) <= pause {
            let held = held.map(|held| format!(", held for {} s only", held.as_secs()));
            let (expected, hold) = (&declared.expect, declared.hold);
            let held = held.unwrap_or_default();
            let summary = format!(
                "{seen}, expected {expected} for {hold}{held}, {}",
                looked(looks)
            );
            return outcome(false, &summary, kept);
        }
        // Where it needs less than a pause to have held long enough, no longer is waited.
        let rest = held.map(|held| hold.saturating_sub(held));
        sleep(rest.map_or(pause, |rest| rest.clamp(pause_min.min(pause), pause))).await;
    }
}

/// The site, and the URL of an instant query (Prometheus, HTTP API).
async fn prepare(local: &LocalDelivery, declared: &PrometheusCheck) -> Result<(Site, Url), String> {
    let (ca, token) = (declared.ca.as_deref(), declared.token.as_ref());
    let site = Site::open(local, &declared.url, (ca, token), true).await?;
    let mut url = site.url().clone();
    let unfit = || "the URL cannot have a path".to_owned();
    url.path_segments_mut()
        .map_err(|()| unfit())?
        .pop_if_empty()
        .extend(["api", "v1", "query"]);
    url.query_pairs_mut().append_pair("query", &declared.query);
    Ok((site, url))
}

fn looked(looks: u32) -> String {
    match looks {
        1 => "1 look".to_owned(),
        _ => format!("{looks} looks"),
    }
}

fn outcome(passed: bool, summary: &str, kept: Bounded) -> CheckOutcome {
    CheckOutcome {
        passed,
        summary: one_line(summary),
        output: kept.finish(),
        report: None,
    }
}

#[cfg(test)]
mod tests;
