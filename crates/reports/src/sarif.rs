//! SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), of scanners of images and of
//! code.
//!
//! Counted are the results that say that something is wrong: not those of the kinds `pass`,
//! `notApplicable` and `informational`, not those that are gone since a baseline, and not those
//! that are suppressed with every suppression accepted (section 3.27.23), whose number is a figure
//! of its own. A finding's id is its rule's.
//!
//! The severity is the result's or its rule's property `security-severity`, a CVSS score: 9.0 and
//! more is critical, then 7.0 high, 4.0 medium, and low. Without one, or with 0.0, the level says
//! it: `error` is high, `warning` medium, `note` low, `none` unknown. The level is the result's own,
//! else that of the configuration which the result's invocation gave the rule, else of the rule's
//! default one, else `warning` (sections 3.27.10, 3.50 and 3.51).

mod log;
mod overrides;
mod rules;

use liftlock_core::policy::Severity;
use liftlock_oci::Digest;

pub(crate) use log::Log;
pub use log::{EXTENSIONS_MAX, RULES_MAX, RUNS_MAX};
use log::{Invocation, Level, Properties, Run, SarifResult, Score, Suppression};
use overrides::Overrides;
use rules::{Key, Rules};

use crate::findings::{figures, finding_id, within_findings};
use crate::subjects::{parse_digest, pinned, repo_digest};
use crate::text::{bounded, time};
use crate::{Facts, Finding, Format, ReportError};

/// Reads a log. It decides nothing by itself: limits over the figures do.
pub(crate) fn read(log: Log) -> Result<Facts, ReportError> {
    if log.version != "2.1.0" {
        return Err(ReportError::unsupported("version", &log.version, "2.1.0"));
    }
    let runs = log
        .runs
        .map_or(Ok(Vec::new()), |runs| runs.within("runs"))?;
    if runs.is_empty() {
        return Err(ReportError::Empty {
            what: "no run",
            hint: "check that the tool finished",
        });
    }
    let mut read = Read::default();
    for run in runs {
        read.add(run)?;
    }
    let mut figures = figures(&read.findings);
    figures.insert("suppressed".to_owned(), read.suppressed);
    read.subjects.sort_unstable();
    read.subjects.dedup();
    // A log is as old as its oldest run; one whose age is unknown may be any.
    let times: Option<Vec<i64>> = read.times.into_iter().collect();
    Ok(Facts {
        format: Format::Sarif,
        outcome: None,
        figures,
        findings: read.findings,
        time_us: times.and_then(|times| times.into_iter().min()),
        subjects: read.subjects,
        platform: None,
        statements: Vec::new(),
        tools: read.tools,
    })
}

/// What was read of the runs so far.
#[derive(Default)]
struct Read {
    findings: Vec<Finding>,
    suppressed: u64,
    times: Vec<Option<i64>>,
    subjects: Vec<Digest>,
    tools: Vec<String>,
}

impl Read {
    fn add(&mut self, run: Run) -> Result<(), ReportError> {
        let driver = &run.tool.driver;
        let version = driver.version.as_ref().or(driver.semantic_version.as_ref());
        let version = version.map(String::as_str).unwrap_or_default();
        let tool = bounded(format!("{} {version}", driver.name).trim());
        let invocations = run.invocations;
        let mut invocations =
            invocations.map_or(Ok(Vec::new()), |list| list.within("invocations"))?;
        self.times.push(ran(&invocations)?);
        self.subjects.extend(subjects(run.properties)?);
        // Absent results say that nothing was looked for (section 3.14.23).
        let Some(results) = run.results else {
            return Err(ReportError::Empty {
                what: "a run without results",
                hint: "check that the tool finished, and wrote its results into this file",
            });
        };
        let rules = Rules::new(run.tool)?;
        let overrides = Overrides::take(&mut invocations, &rules)?;
        for result in results.within("findings")? {
            if !is_finding(&result) {
                continue;
            }
            let rule = rules.of(&result);
            let finding = finding(&result, (rule, &overrides), &tool)?;
            if is_suppressed(result)? {
                self.suppressed += 1;
            } else {
                self.findings.push(finding);
            }
        }
        within_findings(self.findings.len())?;
        if !self.tools.contains(&tool) {
            self.tools.push(tool);
        }
        Ok(())
    }
}

/// When a run took place; a run that its tool says has failed has not looked at everything.
fn ran(invocations: &[Invocation]) -> Result<Option<i64>, ReportError> {
    let mut times = Vec::new();
    for Invocation {
        execution_successful,
        start_time_utc,
        end_time_utc,
        ..
    } in invocations
    {
        if *execution_successful == Some(false) {
            return Err(ReportError::unsupported(
                "runs.invocations.executionSuccessful",
                "false",
                "true: the tool says that its run did not succeed",
            ));
        }
        let field = "runs.invocations.endTimeUtc or startTimeUtc";
        let text = end_time_utc.as_ref().or(start_time_utc.as_ref());
        times.extend(text.map(|text| time(field, text)).transpose()?);
    }
    Ok(times.into_iter().min())
}

/// The image that a run was about, as Trivy writes it into the run's property bag.
fn subjects(properties: Option<log::RunProperties>) -> Result<Vec<Digest>, ReportError> {
    let mut subjects = Vec::new();
    let Some(properties) = properties else {
        return Ok(subjects);
    };
    let name = properties.image_name.as_deref().and_then(pinned);
    if let Some((_, digest)) = name {
        subjects.push(parse_digest("runs.properties.imageName", digest)?);
    }
    if let Some(digests) = properties.repo_digests {
        for digest in digests.within("repoDigests")? {
            subjects.push(repo_digest("runs.properties.repoDigests", &digest)?);
        }
    }
    Ok(subjects)
}

fn is_finding(result: &SarifResult) -> bool {
    let kind = result.kind.as_deref().unwrap_or("fail");
    let gone = result.baseline_state.as_deref() == Some("absent");
    !gone && !matches!(kind, "pass" | "notApplicable" | "informational")
}

fn is_suppressed(result: SarifResult) -> Result<bool, ReportError> {
    let Some(suppressions) = result.suppressions else {
        return Ok(false);
    };
    let suppressions = suppressions.within("suppressions of a result")?;
    let is_accepted = |suppression: &Suppression| {
        matches!(suppression.status.as_deref(), None | Some("accepted"))
    };
    Ok(!suppressions.is_empty() && suppressions.iter().all(is_accepted))
}

fn finding(
    result: &SarifResult,
    (rule, overrides): (Option<(Key, &log::Rule)>, &Overrides),
    tool: &str,
) -> Result<Finding, ReportError> {
    let named = result.rule.as_ref().and_then(|rule| rule.id.as_deref());
    let id = result.rule_id.as_deref().or(named);
    let id = id
        .or(rule.map(|(_, rule)| rule.id.as_str()))
        .unwrap_or_default();
    let place = result.place.as_ref().and_then(log::Place::uri);
    Ok(Finding {
        id: finding_id("runs.results.ruleId", id)?,
        severity: severity(result, rule, overrides)?,
        package: bounded(place.unwrap_or(tool)),
        installed: String::new(),
        fixed: None,
    })
}

fn severity(
    result: &SarifResult,
    rule: Option<(Key, &log::Rule)>,
    overrides: &Overrides,
) -> Result<Severity, ReportError> {
    let score =
        |properties: Option<&Properties>| properties.and_then(|p| p.security_severity.clone());
    let own = score(result.properties.as_ref());
    let scored = own.or_else(|| score(rule.and_then(|(_, rule)| rule.properties.as_ref())));
    let scored = scored.map(|score| scored_as(&score)).transpose()?.flatten();
    if let Some(severity) = scored {
        return Ok(severity);
    }
    let default = |rule: &log::Rule| rule.default_configuration.as_ref()?.level;
    let configured = rule.and_then(|(key, rule)| {
        let overridden = overrides.level(result, key);
        overridden.or_else(|| default(rule))
    });
    // A kind that is not a failure has no level of its own (section 3.27.10).
    let fails = result.kind.as_deref().is_none_or(|kind| kind == "fail");
    let level = result.level.unwrap_or(match configured {
        _ if !fails => Level::None,
        Some(level) => level,
        None => Level::Warning,
    });
    Ok(match level {
        Level::Error => Severity::High,
        Level::Warning => Severity::Medium,
        Level::Note => Severity::Low,
        Level::None => Severity::Unknown,
    })
}

/// The severity of a CVSS score; 0.0 rates nothing.
fn scored_as(score: &Score) -> Result<Option<Severity>, ReportError> {
    let (value, text) = match score {
        Score::Number(value) => (*value, value.to_string()),
        Score::Text(text) => (text.trim().parse().unwrap_or(f64::NAN), text.clone()),
    };
    if value == 0.0 {
        return Ok(None);
    }
    Severity::of_score(value).map(Some).ok_or_else(|| {
        let expected = "a CVSS score from 0.0 to 10.0";
        ReportError::unsupported("properties.security-severity", &text, expected)
    })
}
