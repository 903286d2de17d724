//! `command:` checks.

use liftlock_core::policy::CheckKind;

use super::WITHIN;
use crate::block::Block;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{program, scalar};

pub(crate) const COMMAND: Shape = Shape {
    name: "command-check",
    what: "a command check",
    keys: &["command", "env", "within", "after", "every"],
    later: &[],
};

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<CheckKind> {
    let command = block
        .get("command")
        .and_then(|node| program::command(node, reader));
    let env = program::env(block.get("env"), reader);
    let within = scalar::within(block.get("within"), WITHIN, reader);
    Some(CheckKind::Command {
        command: command?,
        env: env?,
        within: within?,
    })
}
