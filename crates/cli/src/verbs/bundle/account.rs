//! What was checked of an archive, told.

use std::collections::BTreeMap;

use liftlock_air_gap::{Beside, Document, Ledger, Standing, Verified};
use liftlock_core::{EnvironmentName, Event, PromotionId};
use liftlock_verbs::show::{bytes, count, promotion};
use serde_json::{Value, json};

/// How many lines about what is signed, or what the ledger says, are shown; JSON has all of them.
const LINES_SHOWN_MAX: usize = 20;

/// The account in lines.
pub(super) fn text(document: &Document, verified: &Verified<'_>) -> Vec<String> {
    let mut lines = vec![format!(
        "release {} of {}",
        document.release, document.pipeline
    )];
    for (key, image) in &document.images {
        let (repository, digest) = (&image.repository, image.image.digest);
        lines.push(format!("  {key} {repository}@{digest}"));
    }
    let content = &verified.content;
    let manifests = count(content.manifests, "manifest");
    let blobs = count(content.blobs, "blob");
    let mut whole = format!(
        "checked: every byte of {manifests} and {blobs} ({}), {}; nothing else is in it",
        bytes(content.bytes),
        count(content.referrers, "referrer")
    );
    if content.foreign > 0 {
        let foreign = count(content.foreign, "foreign layer");
        whole.push_str(&format!("; {foreign} not carried"));
    }
    lines.push(whole);
    ledger_lines(&verified.ledger, &mut lines);
    signed_lines(&verified.beside, &mut lines);
    lines
}

fn ledger_lines(ledger: &Ledger, lines: &mut Vec<String>) {
    let checkpoint = ledger.checkpoint.checkpoint();
    let (origin, size) = (checkpoint.origin(), checkpoint.size());
    let entries = match ledger.told.len() {
        1 => "1 entry".to_owned(),
        all => format!("{all} entries"),
    };
    lines.push(match ledger.is_proven {
        true => {
            format!("checked: {entries} of the ledger {origin}, proven by its key, as of {size}")
        }
        false => format!(
            "NOT checked: {entries} said to be of the ledger {origin}, as of {size}; give its key \
             with --log-key"
        ),
    });
    if let Some(known) = ledger.continues {
        lines.push(format!(
            "checked: it continues the checkpoint of {known} that was known"
        ));
    }
    cut(said(ledger), lines);
    let newer = ledger
        .told
        .iter()
        .filter(|told| told.entry.is_none())
        .count();
    if newer > 0 {
        lines.push(format!(
            "  {newer} of a newer Liftlock, which are not understood here"
        ));
    }
    lines.push("  what that ledger says later is not known here".to_owned());
}

/// What the entries come to: how promotions ended, and what speaks against the release.
fn said(ledger: &Ledger) -> Vec<String> {
    let mut places: BTreeMap<PromotionId, &EnvironmentName> = BTreeMap::new();
    let mut lines = Vec::new();
    for entry in ledger.told.iter().filter_map(|told| told.entry.as_deref()) {
        let line = match &entry.event {
            Event::PromotionRequested(request) => {
                places.insert(request.id, &request.environment);
                continue;
            }
            Event::PromotionEnded { promotion, outcome } => {
                let to = places.get(promotion).map(|to| format!(" to {to}"));
                let outcome = promotion::outcome(outcome);
                format!("{promotion}{}: {outcome}", to.unwrap_or_default())
            }
            Event::EvidenceRevoked { id, reason } => format!("{id} was revoked: {reason}"),
            Event::IncidentOpened {
                environment,
                reason,
                ..
            } => format!("an incident in {environment}: {reason}"),
            Event::DriftSeen { environment, .. } => format!("drift was seen in {environment}"),
            _ => continue,
        };
        lines.push(format!("  {line}"));
    }
    lines
}

fn signed_lines(beside: &[Beside], lines: &mut Vec<String>) {
    let all = || beside.iter().flat_map(|beside| &beside.statements);
    if all().next().is_none() {
        lines.push("nothing is signed beside its images".to_owned());
        return;
    }
    let good = all()
        .filter(|s| matches!(s.standing, Standing::Good(_)))
        .count();
    let unchecked = all().filter(|s| s.standing == Standing::Unchecked).count();
    lines.push(match unchecked {
        0 => format!(
            "checked: {good} of {} attestations and signatures are by a key that is trusted",
            all().count()
        ),
        _ => format!(
            "NOT checked: {unchecked} attestations and signatures; give the keys with --key"
        ),
    });
    // The same statement is there in two forms, and about each platform.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for statement in all() {
        let states = &statement.states;
        let line = match &statement.standing {
            Standing::Good(key) => format!("  {states}: good, signed by {}", key.short()),
            Standing::Not(why) => format!("  {states}: does not count: {why}"),
            Standing::Unchecked => format!("  {states}"),
        };
        *known.entry(line).or_default() += 1;
    }
    let known = known.into_iter().map(|(line, times)| match times {
        1 => line,
        _ => format!("{line} ({times} times)"),
    });
    cut(known.collect(), lines);
}

fn cut(more: Vec<String>, lines: &mut Vec<String>) {
    let left = more.len().saturating_sub(LINES_SHOWN_MAX);
    lines.extend(more.into_iter().take(LINES_SHOWN_MAX));
    if left > 0 {
        lines.push(format!("  and {left} more"));
    }
}

/// The account for programs.
pub(super) fn json(document: &Document, verified: &Verified<'_>) -> Value {
    let Verified {
        content,
        ledger,
        beside,
        ..
    } = verified;
    let checkpoint = ledger.checkpoint.checkpoint();
    let told = ledger.told.iter();
    let entries = told.map(|told| json!({ "seq": told.place, "entry": told.entry }));
    let beside = beside.iter().flat_map(|beside| {
        let statements = beside.statements.iter();
        statements.map(|statement| {
            let (signed_by, why_not) = match &statement.standing {
                Standing::Good(key) => (Some(key), None),
                Standing::Not(why) => (None, Some(why)),
                Standing::Unchecked => (None, None),
            };
            json!({
                "key": beside.key,
                "image": beside.image,
                "states": statement.states,
                "checked": statement.standing != Standing::Unchecked,
                "signed_by": signed_by,
                "why_not": why_not,
            })
        })
    });
    json!({
        "release": document.release,
        "pipeline": document.pipeline,
        "images": document.images,
        "about": document.about,
        "content": {
            "manifests": content.manifests,
            "referrers": content.referrers,
            "blobs": content.blobs,
            "bytes": content.bytes,
            "foreign": content.foreign,
        },
        "ledger": {
            "origin": checkpoint.origin(),
            "size": checkpoint.size(),
            "root": checkpoint.root().to_string(),
            "proven": ledger.is_proven,
            "continues": ledger.continues,
            "entries": entries.collect::<Vec<_>>(),
        },
        "attestations": beside.collect::<Vec<_>>(),
    })
}
