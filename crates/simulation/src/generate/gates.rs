//! Gates of every kind there is. A new kind is a function here, and a rule in `judge`.

use std::collections::BTreeMap;

use liftlock_core::policy::{
    Acceptance, ApprovalRule, Condition, EvidenceKind, EvidenceRule, Exclude, Figure, Gate,
    GateRule, Gates, OverrideRule, Per, PredicateType, SignatureRule, SoakRule, WindowRule,
};
use liftlock_core::{EnvironmentName, GateName, KeyName, Span, Time};

use super::is;
use super::keys::CI;
use super::people::who;
use super::reports::FINDINGS;
use crate::random::Random;
use crate::time::{DAWN, DAY, HOUR, MINUTE};

/// What says by whom something was built.
pub(super) const PROVENANCE: &str = "https://slsa.dev/provenance/v1";

/// How builders are named that may build.
pub(super) const BUILDER: &str = "https://build.example.com/";

/// The names of gates that evidence is submitted for, with what it is.
pub(super) const EVIDENCE: [(&str, EvidenceKind); 3] = [
    ("tests", EvidenceKind::Tests),
    ("scan", EvidenceKind::Scan),
    ("manual", EvidenceKind::Manual),
];

/// The name of one of them.
pub(crate) fn evidence_gate(nth: usize) -> Option<GateName> {
    EVIDENCE.get(nth).map(|(name, _)| is(name))
}

/// Whether a gate of this name wants something signed.
pub(crate) fn is_signature(gate: &GateName) -> bool {
    ["signed", "provenance"].contains(&gate.as_str())
}

/// The gates of an environment after others.
pub(super) fn gates(random: &mut Random, after: &[EnvironmentName], observed: bool) -> Gates {
    let mut gates = evidence(random);
    let reviewed: Vec<GateName> = gates.iter().map(|gate| gate.name.clone()).collect();
    gates.extend(signatures(random));
    gates.extend(approvals(random, &reviewed));
    if random.chance(200) {
        gates.push(window(random));
    }
    if !after.is_empty() && random.chance(500) {
        gates.push(soak(random, observed));
    }
    if gates.is_empty() {
        Gates::None
    } else {
        Gates::All(gates)
    }
}

fn gate(name: &str, rule: GateRule) -> Gate {
    let name = is(name);
    Gate { name, rule }
}

fn evidence(random: &mut Random) -> Vec<Gate> {
    let mut gates = Vec::new();
    for (name, kind) in EVIDENCE {
        if random.chance(400) {
            gates.push(gate(name, GateRule::Evidence(evidence_rule(random, kind))));
        }
    }
    gates
}

fn evidence_rule(random: &mut Random, kind: EvidenceKind) -> EvidenceRule {
    let is_scan = kind == EvidenceKind::Scan;
    let mut rule = EvidenceRule {
        kind,
        from: who(if kind == EvidenceKind::Manual {
            &["qa"]
        } else {
            &["token:ci"]
        }),
        max: BTreeMap::new(),
        fresh: random.chance(500).then(|| span(random, HOUR, 72 * HOUR)),
        per: if is_scan { Per::Image } else { Per::Release },
        platforms: Vec::new(),
        min: BTreeMap::new(),
        accept: Vec::new(),
        vex: Vec::new(),
        keys: Vec::new(),
    };
    if kind == EvidenceKind::Tests && random.chance(400) {
        rule.min = BTreeMap::from([(Figure::Passed, 1 + random.below(4) as u64)]);
    }
    if is_scan && random.chance(750) {
        limit_findings(random, &mut rule);
    }
    if kind != EvidenceKind::Manual && random.chance(350) {
        rule.keys = keys(random);
        if random.chance(300) {
            rule.from.clear();
        }
    }
    rule
}

/// Few findings, without those that are accepted for a time or stated to be harmless.
fn limit_findings(random: &mut Random, rule: &mut EvidenceRule) {
    rule.max = BTreeMap::from([(Figure::Critical, random.below(2) as u64)]);
    if random.chance(500) {
        rule.max.insert(Figure::High, random.below(3) as u64);
    }
    if random.chance(500) {
        for (id, _) in FINDINGS {
            if random.chance(350) {
                let last = Time::from_us(DAWN + random.between(0, 40) * DAY).day();
                let until = format!("{}-{}-{}", &last[..4], &last[4..6], &last[6..]);
                rule.accept.push(Acceptance {
                    id: id.to_owned(),
                    until: is(&until),
                    reason: "nobody can get there".to_owned(),
                });
            }
        }
    }
    if random.chance(600) {
        rule.vex = who(if random.chance(500) {
            &["carol"]
        } else {
            &["qa"]
        });
    }
}

fn keys(random: &mut Random) -> Vec<KeyName> {
    let second = random.chance(300).then(|| is("qa"));
    [is(CI)].into_iter().chain(second).collect()
}

/// What has to be signed; all of it can be signed with the key of the builds.
fn signatures(random: &mut Random) -> Vec<Gate> {
    let mut gates = Vec::new();
    let rule = |random: &mut Random, predicate, conditions| {
        GateRule::Signature(SignatureRule {
            predicate,
            keys: keys(random),
            conditions,
        })
    };
    if random.chance(120) {
        let signed = rule(random, PredicateType::image(), Vec::new());
        gates.push(gate("signed", signed));
    }
    if random.chance(180) {
        let builder = Condition {
            field: is("/runDetails/builder/id"),
            allowed: vec![format!("{BUILDER}*")],
        };
        let conditions = if random.chance(700) {
            vec![builder]
        } else {
            Vec::new()
        };
        let built = rule(random, is(PROVENANCE), conditions);
        gates.push(gate("provenance", built));
    }
    gates
}

/// By whom a gate may be passed by decision, and for how long.
pub(super) fn overrides(random: &mut Random) -> Option<OverrideRule> {
    let by: &[&str] = match random.below(4) {
        0 => &["leads"],
        1 => &["leads", "qa"],
        2 => &["all", "token:ci"],
        _ => return None,
    };
    Some(OverrideRule {
        by: who(by),
        max: span(random, HOUR, 48 * HOUR),
    })
}

/// Whatever is asked for here can be given by people other than dan, the author.
fn approvals(random: &mut Random, reviewed: &[GateName]) -> Vec<Gate> {
    let rule = |random: &mut Random, by: &[&str], count| {
        let exclude = match random.below(4) {
            0 => Vec::new(),
            1 => vec![Exclude::Requester, Exclude::Author],
            _ => vec![Exclude::Requester],
        };
        let reviews = random.chance(250);
        let expires = random.chance(400).then(|| span(random, HOUR, 48 * HOUR));
        GateRule::Approval(ApprovalRule {
            by: who(by),
            count,
            exclude,
            expires,
            of: random.pick(reviewed).filter(|_| reviews).cloned(),
            shared: random.chance(150),
        })
    };
    let gates = [
        gate("lead", rule(random, &["leads"], 1)),
        gate("two", rule(random, &["leads", "qa"], 2)),
        gate("qa", rule(random, &["qa"], 1)),
        gate("three", rule(random, &["leads", "carol"], 3)),
    ];
    let [lead, two, qa, three] = gates;
    match random.below(8) {
        0 => vec![lead],
        1 => vec![two],
        2 => vec![lead, qa],
        3 => vec![qa, two],
        4 => vec![three],
        _ => Vec::new(),
    }
}

/// Open for some hours of every day, or of every working day.
fn window(random: &mut Random) -> Gate {
    let days = random
        .pick(&["mon-sun", "mon-fri"])
        .copied()
        .unwrap_or("mon-sun");
    let hours = random
        .pick(&["09:00-16:00", "22:00-03:30", "00:00-12:00"])
        .copied();
    let zone = random
        .pick(&["UTC", "Europe/Berlin", "America/New_York"])
        .copied();
    let rule = WindowRule {
        days: is(days),
        hours: hours.map(is).into_iter().collect(),
        timezone: is(zone.unwrap_or("UTC")),
        except: Vec::new(),
    };
    gate("hours", GateRule::Window(rule))
}

fn soak(random: &mut Random, observed: bool) -> Gate {
    let time = span(random, 30 * MINUTE, 30 * HOUR);
    gate(
        "soak",
        GateRule::Soak(SoakRule {
            time,
            unobserved: !observed,
        }),
    )
}

pub(super) fn span(random: &mut Random, low: i64, high: i64) -> Span {
    Span::from_us(random.between(low / MINUTE, high / MINUTE) * MINUTE)
}
