//! The summary of a k6 run: the file of `--summary-export`, or what a script's `handleSummary` is
//! given, written as JSON. Shown by runs of k6 v1.8.1.
//!
//! The thresholds decide. In the file of `--summary-export` a threshold's `true` says that it was
//! **crossed**, so that the run failed; in the data of `handleSummary` it is `{"ok": true}` where
//! it held. The newer machine-readable summary says nothing of thresholds, so it is not read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::maps::LimitedMap;
use crate::{Facts, Format, Outcome, ReportError};

/// Most metrics of a summary; those of a tag's values count too.
pub const METRICS_MAX: usize = 10_000;
/// Most thresholds of one metric.
pub const THRESHOLDS_MAX: usize = 1_000;

/// The fields of a summary that are read.
#[derive(Deserialize)]
pub(crate) struct Summary {
    metrics: LimitedMap<Metric, METRICS_MAX>,
    // Always there; required, so that nothing else is taken for a summary.
    #[serde(rename = "root_group")]
    _root_group: IgnoredAny,
}

/// A metric: with its values in `values` (`handleSummary`), or beside its thresholds.
#[derive(Deserialize)]
struct Metric {
    values: Option<Values>,
    count: Option<f64>,
    passes: Option<f64>,
    fails: Option<f64>,
    thresholds: Option<LimitedMap<Threshold, THRESHOLDS_MAX>>,
}

#[derive(Clone, Copy, Deserialize)]
struct Values {
    count: Option<f64>,
    passes: Option<f64>,
    fails: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Threshold {
    Crossed(bool),
    Held { ok: bool },
}

impl Metric {
    fn values(&self) -> Values {
        self.values.unwrap_or(Values {
            count: self.count,
            passes: self.passes,
            fails: self.fails,
        })
    }
}

/// Reads a summary. It passes when every threshold held; without any it decides nothing.
pub(crate) fn read(summary: Summary) -> Result<Facts, ReportError> {
    let metrics = summary.metrics.within("metrics")?;
    let figure = |metric: &str, value: fn(Values) -> Option<f64>| {
        let metric = metrics.get(metric).map(Metric::values);
        metric.map(|values| whole(value(values))).transpose()
    };
    let requests = figure("http_reqs", |v| v.count)?.unwrap_or(0);
    let iterations = figure("iterations", |v| v.count)?.unwrap_or(0);
    let passed = figure("checks", |v| v.passes)?.unwrap_or(0);
    let failed = figure("checks", |v| v.fails)?.unwrap_or(0);
    // Of this rate a pass is a request that failed. k6 can be told not to count it.
    let requests_failed = match figure("http_req_failed", |v| v.passes)? {
        None if requests == 0 => Some(0),
        counted => counted,
    };
    if iterations == 0 {
        return Err(ReportError::Empty {
            what: "no iteration",
            hint: "check that the test ran",
        });
    }
    let (held, crossed) = thresholds(metrics)?;
    let mut figures = BTreeMap::from([
        ("checks", passed.saturating_add(failed)),
        ("checks-failed", failed),
        ("iterations", iterations),
        ("requests", requests),
        ("thresholds", held + crossed),
        ("thresholds-failed", crossed),
    ]);
    figures.extend(requests_failed.map(|count| ("requests-failed", count)));
    Ok(Facts {
        format: Format::K6Json,
        outcome: match (held, crossed) {
            (0, 0) => None,
            (_, 0) => Some(Outcome::Passed),
            _ => Some(Outcome::Failed),
        },
        figures: figures
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect(),
        findings: Vec::new(),
        time_us: None,
        subjects: Vec::new(),
        platform: None,
        statements: Vec::new(),
        tools: vec!["k6".to_owned()],
    })
}

/// How many thresholds held, and how many were crossed.
fn thresholds(metrics: BTreeMap<String, Metric>) -> Result<(u64, u64), ReportError> {
    let (mut held, mut crossed) = (0, 0);
    for thresholds in metrics.into_values().filter_map(|metric| metric.thresholds) {
        for threshold in thresholds.within("thresholds of a metric")?.into_values() {
            match threshold {
                Threshold::Crossed(false) | Threshold::Held { ok: true } => held += 1,
                Threshold::Crossed(true) | Threshold::Held { ok: false } => crossed += 1,
            }
        }
    }
    Ok((held, crossed))
}

/// Largest whole number that a float holds exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// A count; k6 keeps all figures as floats.
fn whole(value: Option<f64>) -> Result<u64, ReportError> {
    let value = value.unwrap_or(f64::NAN);
    if value.fract() != 0.0 || !(0.0..=WHOLE_MAX).contains(&value) {
        let expected = "whole numbers for http_reqs, http_req_failed, iterations and checks";
        return Err(ReportError::unsupported(
            "metrics",
            &value.to_string(),
            expected,
        ));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, not negative, and within what a float holds exactly"
    )]
    Ok(value as u64)
}
