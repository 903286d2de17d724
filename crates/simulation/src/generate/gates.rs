//! Gates of every kind there is. A new kind is a function here, and a rule in `judge`.

use std::collections::BTreeMap;

use liftlock_core::policy::{
    ApprovalRule, EvidenceKind, EvidenceRule, Exclude, Figure, Gate, GateRule, Gates, Per,
    SoakRule, WindowRule,
};
use liftlock_core::{EnvironmentName, GateName, Span};

use super::is;
use super::people::who;
use crate::random::Random;
use crate::time::{HOUR, MINUTE};

/// The names of gates that evidence is submitted for, with what it is.
pub(super) const EVIDENCE: [(&str, EvidenceKind); 3] = [
    ("tests", EvidenceKind::Tests),
    ("scan", EvidenceKind::Scan),
    ("manual", EvidenceKind::Manual),
];

/// The gates of an environment after others.
pub(super) fn gates(random: &mut Random, after: &[EnvironmentName], observed: bool) -> Gates {
    let mut gates = evidence(random);
    let reviewed: Vec<GateName> = gates.iter().map(|gate| gate.name.clone()).collect();
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
        if !random.chance(400) {
            continue;
        }
        let is_scan = kind == EvidenceKind::Scan;
        let rule = EvidenceRule {
            kind,
            from: who(if kind == EvidenceKind::Manual {
                &["qa"]
            } else {
                &["token:ci"]
            }),
            max: match is_scan && random.chance(700) {
                true => BTreeMap::from([(Figure::Critical, random.below(2) as u64)]),
                false => BTreeMap::new(),
            },
            fresh: random.chance(500).then(|| span(random, HOUR, 72 * HOUR)),
            per: if is_scan { Per::Image } else { Per::Release },
            platforms: Vec::new(),
            min: BTreeMap::new(),
            accept: Vec::new(),
            vex: Vec::new(),
            keys: Vec::new(),
        };
        gates.push(gate(name, GateRule::Evidence(rule)));
    }
    gates
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
