//! `{ from_env: NAME }` and `{ from_file: PATH }`: secrets are never in the file.

use liftlock_core::policy::SecretFrom;

use crate::block::Block;
use crate::finding::Finding;
use crate::node::{Entry, Kind};
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(crate) const SECRET: Shape = Shape {
    name: "secret",
    what: "a secret",
    keys: &["from_env", "from_file"],
    later: &[],
};

/// The longest name of a variable or file, in bytes.
const NAME_MAX: usize = 1024;

pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<SecretFrom> {
    let hint = "write `{ from_env: NAME }` or `{ from_file: PATH }`";
    if let Kind::Scalar { .. } = entry.value.kind {
        let finding = Finding::new(entry.value.at, "a secret does not stand in this file");
        reader.report(finding.hint(hint).hidden());
        return None;
    }
    let block = Block::open(entry.at, &entry.value, &SECRET, reader)?;
    let (env, file) = (block.get("from_env"), block.get("from_file"));
    let (node, from): (_, fn(String) -> SecretFrom) = match (env, file) {
        (Some(node), None) => (node, SecretFrom::Env),
        (None, Some(node)) => (node, SecretFrom::File),
        _ => {
            reader.report(Finding::new(entry.at, "a secret is from one place").hint(hint));
            return None;
        }
    };
    let text = scalar::text(node, "a name", reader)?;
    let odd = |c: char| c.is_control() || (env.is_some() && (c.is_whitespace() || c == '='));
    if text.is_empty() || text.len() > NAME_MAX || text.contains(odd) {
        reader.report(Finding::new(
            node.at,
            "it is not the name of a variable or file",
        ));
        return None;
    }
    Some(from(text.to_owned()))
}
