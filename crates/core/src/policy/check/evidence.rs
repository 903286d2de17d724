//! Evidence gates: limits on figures that there are, and exceptions that can matter.

use std::collections::BTreeSet;

use super::{Found, signature};
use crate::Span;
use crate::decide::text;
use crate::policy::{
    ACCEPT_MAX, EvidenceKind, EvidenceRule, FINDING_ID_CHARS_MAX, Figure, IdentityMode, Per, Policy,
};

/// Most characters of the reason why a finding is accepted.
const REASON_CHARS_MAX: usize = 200;

pub(super) fn check<'a>(
    policy: &Policy,
    rule: &EvidenceRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    let nobody = rule.from.is_empty() && rule.keys.is_empty();
    if nobody && policy.identity == IdentityMode::Authenticated {
        found.add(
            path.clone(),
            "`from` is needed: who may submit this evidence",
        );
    }
    signature::evidence(policy, rule, path.clone(), found);
    figures(rule, path.clone(), found);
    if !rule.platforms.is_empty() && rule.per != Per::Image {
        found.add(
            path.clone().chain(["platforms"]),
            "`platforms` goes with `per: image`",
        );
    }
    if rule.fresh == Some(Span::ZERO) {
        found.add(path.clone().chain(["fresh"]), "nothing is that fresh");
    }
    accepted(rule, path.clone(), found);
    if !rule.vex.is_empty() && (!rule.limits_findings() || rule.per != Per::Image) {
        let message = "`vex` takes findings out of limits such as `max: { high: 0 }`, of a scan per image; without them it does nothing";
        found.add(path.chain(["vex"]), message);
    }
}

fn figures<'a>(
    rule: &EvidenceRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    let kind = rule.kind;
    for (key, limits, those) in [
        ("max", &rule.max, &Figure::MOST[..]),
        ("min", &rule.min, &Figure::LEAST[..]),
    ] {
        if !limits.is_empty() && kind == EvidenceKind::Manual {
            let message = format!("a person's own examination has no figures for `{key}`");
            found.add(path.clone().chain([key]), message);
            continue;
        }
        for (figure, limit) in limits {
            let at = path.clone().chain([key, figure.as_str()]);
            let known = those.iter().filter(|one| one.is_of(kind));
            let known: Vec<String> = known.map(|one| format!("`{one}`")).collect();
            if !those.contains(figure) || !figure.is_of(kind) {
                let has = match known.as_slice() {
                    [] => format!("has nothing for `{key}`"),
                    known => format!("has {} for it", known.join(", ")),
                };
                let message = format!("`{key}` of `{figure}`: `evidence: {kind}` {has}");
                found.add(at, message);
            } else if key == "min" && *limit == 0 {
                found.add(at, "a least of 0 asks for nothing; leave it out");
            }
        }
    }
}

fn accepted<'a>(
    rule: &EvidenceRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    if rule.accept.is_empty() {
        return;
    }
    let at = path.chain(["accept"]);
    if !rule.limits_findings() {
        let message = "`accept` takes findings out of limits such as `max: { high: 0 }`; without one it does nothing";
        found.add(at.clone(), message);
    }
    if rule.accept.len() > ACCEPT_MAX {
        let message = format!("more than {ACCEPT_MAX} accepted findings");
        found.add(at, message);
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, one) in rule.accept.iter().enumerate() {
        if !seen.insert(&one.id) {
            let message = format!("{} is accepted already", one.id);
            found.add_at(at.clone(), index, message);
        }
        for (what, text, max) in [
            ("the id", &one.id, FINDING_ID_CHARS_MAX),
            ("the reason", &one.reason, REASON_CHARS_MAX),
        ] {
            if let Err(refusal) = text::bounded(what, text, max) {
                found.add_at(at.clone(), index, refusal.to_string());
            }
        }
    }
}
