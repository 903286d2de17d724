//! `keys`: public keys by name, each a file beside this one, or the key itself.

use std::collections::BTreeMap;

use liftlock_core::KeyName;
use liftlock_core::policy::{KeyError, PublicKey};

use crate::finding::{Finding, quoted};
use crate::node::Node;
use crate::reader::Reader;
use crate::{named, path, scalar, sequence};

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<KeyName, PublicKey>> {
    let mut keys = BTreeMap::new();
    for (name, entry) in named::entries(node, "a mapping of names to public keys", reader)? {
        keys.insert(name, one(&entry.value, reader)?);
    }
    Some(keys)
}

/// The names of keys that a gate takes, never none.
pub(crate) fn some(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<KeyName>> {
    sequence::filled(node, "`key` lists nothing", reader)?;
    sequence::parsed(node, "a key's name", reader)
}

fn one(node: &Node, reader: &mut Reader<'_>) -> Option<PublicKey> {
    let text = scalar::text(node, "a public key's file", reader)?;
    let found = match text.parse() {
        // What is no key is the name of a file, but for a private key, which is said at once.
        Err(KeyError::Form | KeyError::Algorithm) if !text.contains("-----BEGIN") => {
            let bytes = path::contents(node, reader)?;
            String::from_utf8_lossy(&bytes).parse()
        }
        found => found,
    };
    found
        .map_err(|error: KeyError| {
            // What could be a key is not shown: it could be a private one.
            let message = match text.contains("-----") {
                true => error.to_string(),
                false => format!("{}: {error}", quoted(text)),
            };
            reader.report(Finding::new(node.at, message));
        })
        .ok()
}
