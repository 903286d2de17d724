//! `deploy: { command: [...] }`.

use liftlock_core::Span;
use liftlock_core::policy::Deploy;

use crate::block::Block;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{program, scalar};

pub(crate) const DEPLOY_COMMAND: Shape = Shape {
    name: "command-deployment",
    what: "a deployment with a command",
    keys: &["command", "env", "within"],
    later: &["tag"],
};

/// How long it may take where the file does not say: 10 minutes.
const WITHIN: Span = Span::from_secs(600);

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<Deploy> {
    let command = block
        .get("command")
        .and_then(|node| program::command(node, reader));
    let env = program::env(block.get("env"), reader);
    let within = scalar::within(block.get("within"), WITHIN, reader);
    Some(Deploy::Command {
        command: command?,
        env: env?,
        within: within?,
    })
}
