//! `gates`: `none`, or named rules in the file's order.

mod approval;
mod evidence;
mod signature;
mod soak;
mod window;

use liftlock_core::GateName;
use liftlock_core::policy::{Gate, GateRule, Gates};

pub(crate) use approval::{APPROVAL, EXCLUDES};
pub(crate) use evidence::{ACCEPTED, EVIDENCE, KINDS as EVIDENCE_KINDS, MAX, MIN, PERS};
pub(crate) use signature::SIGNATURE;
pub(crate) use soak::SOAK;
pub(crate) use window::{WINDOW, WINDOW_GATE};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::{Entry, Kind};
use crate::reader::Reader;
use crate::shape::Kinds;
use crate::{kind, named};

const KINDS: Kinds = Kinds {
    what: "a gate",
    known: &[&EVIDENCE, &APPROVAL, &SOAK, &WINDOW_GATE, &SIGNATURE],
    later: &["rule"],
};

/// The most gates of one environment.
const GATES_MAX: usize = 100;

const HINT: &str = "say `gates: none` if there shall be none";

/// The gates of an environment; they must be said.
pub(crate) fn read(environment: &Block<'_>, reader: &mut Reader<'_>) -> Option<Gates> {
    let node = environment.need("gates", HINT, reader)?;
    if node.is_word("none") {
        return Some(Gates::None);
    }
    if !matches!(node.kind, Kind::Map(_)) {
        let message = format!(
            "expected `none` or a mapping of gates, found {}",
            node.found()
        );
        reader.report(Finding::new(node.at, message).hint(HINT));
        return None;
    }
    let entries = named::entries::<GateName>(node, "gates", reader)?;
    if entries.len() > GATES_MAX {
        let message = format!("more than {GATES_MAX} gates in one environment");
        reader.report(Finding::new(node.at, message));
        return None;
    }
    let gates = entries.into_iter().filter_map(|(name, entry)| {
        let rule = rule(entry, reader)?;
        Some(Gate { name, rule })
    });
    Some(Gates::All(gates.collect()))
}

fn rule(entry: &Entry, reader: &mut Reader<'_>) -> Option<GateRule> {
    let block = kind::choose(entry.at, &entry.value, &KINDS, reader)?;
    match block.kind() {
        "evidence" => evidence::read(&block, reader).map(GateRule::Evidence),
        "approval" => approval::read(&block, reader).map(GateRule::Approval),
        "signature" => signature::read(&block, reader).map(GateRule::Signature),
        "window" => window::read(&block, reader).map(GateRule::Window),
        _ => soak::read(&block, reader).map(GateRule::Soak),
    }
}
