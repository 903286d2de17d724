//! Gates in the pipeline file's words.

use liftlock_core::policy::{
    ApprovalRule, EvidenceRule, GateRule, Gates, SignatureRule, WindowRule,
};

use super::{Entries, word};
use crate::gates::{EVIDENCE_KINDS, EXCLUDES, PERS};
use crate::written::Written;

pub(super) fn gates(gates: &Gates) -> Written {
    match gates {
        Gates::None => Written::Text("none".to_owned()),
        Gates::All(list) => Written::map(list.iter().map(|gate| (&gate.name, rule(&gate.rule)))),
    }
}

fn rule(rule: &GateRule) -> Written {
    let mut block = Entries::new();
    match rule {
        GateRule::Evidence(rule) => evidence(rule, &mut block),
        GateRule::Approval(rule) => approval(rule, &mut block),
        GateRule::Soak(rule) => {
            block.say("soak", Written::text(&rule.time));
            block.say("unobserved", Written::raw(rule.unobserved));
        }
        GateRule::Window(rule) => block.say("window", window(rule)),
        GateRule::Signature(rule) => signature(rule, &mut block),
    }
    Written::Kind(block.0)
}

fn evidence(rule: &EvidenceRule, block: &mut Entries) {
    block.say(
        "evidence",
        Written::Text(word(&EVIDENCE_KINDS, rule.kind).to_owned()),
    );
    block.add("from", Written::list(&rule.from));
    block.add(
        "max",
        Written::map(rule.max.iter().map(|(k, v)| (k, Written::raw(v)))),
    );
    block.add(
        "min",
        Written::map(rule.min.iter().map(|(k, v)| (k, Written::raw(v)))),
    );
    if let Some(fresh) = &rule.fresh {
        block.say("fresh", Written::text(fresh));
    }
    block.say("per", Written::Text(word(&PERS, rule.per).to_owned()));
    block.add("platforms", Written::list(&rule.platforms));
    let accepted = rule.accept.iter().map(|one| {
        let mut block = Entries::new();
        block.say("id", Written::text(&one.id));
        block.say("until", Written::text(&one.until));
        block.say("reason", Written::text(&one.reason));
        Written::Kind(block.0)
    });
    block.add("accept", Written::List(accepted.collect()));
    block.add("vex", Written::list(&rule.vex));
    block.add("key", Written::list(&rule.keys));
}

fn signature(rule: &SignatureRule, block: &mut Entries) {
    block.say("signature", Written::text(&rule.predicate));
    block.say("key", Written::list(&rule.keys));
    let conditions = rule.conditions.iter();
    let conditions = conditions.map(|one| (&one.field, Written::list(&one.allowed)));
    block.add("where", Written::map(conditions));
}

fn approval(rule: &ApprovalRule, block: &mut Entries) {
    block.say("approval", Written::list(&rule.by));
    block.say("count", Written::raw(rule.count));
    let excluded = rule
        .exclude
        .iter()
        .map(|who| word(&EXCLUDES, *who).to_owned());
    block.say(
        "exclude",
        Written::List(excluded.map(Written::Text).collect()),
    );
    if let Some(expires) = &rule.expires {
        block.say("expires", Written::text(expires));
    }
    if let Some(of) = &rule.of {
        block.say("of", Written::text(of));
    }
    if rule.shared {
        block.say("shared", Written::raw(true));
    }
}

fn window(rule: &WindowRule) -> Written {
    let mut block = Entries::new();
    block.say("days", Written::list(&rule.days.ranges()));
    block.say("hours", Written::list(&rule.hours));
    block.say("timezone", Written::text(&rule.timezone));
    block.add("except", Written::list(&rule.except));
    Written::Map(block.0)
}
