//! Who is named: one word or identity, or a list of them.

use liftlock_core::policy::Who;

use crate::finding::{Finding, quoted};
use crate::nearest::nearest;
use crate::node::Node;
use crate::reader::Reader;
use crate::{scalar, sequence};

/// What a plain word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// A group or person of this file; a user only where claimed identities count.
    Known,
    /// These too, or any user.
    Any,
}

/// One name or a list of them.
pub(crate) fn list(node: &Node, words: Words, reader: &mut Reader<'_>) -> Option<Vec<Who>> {
    sequence::each(node, reader, |item, reader| one(item, words, reader))
}

/// The same, never empty; `key` is the key it stands under.
pub(crate) fn some(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Vec<Who>> {
    sequence::filled(node, &format!("`{key}` lists nobody"), reader)?;
    list(node, Words::Known, reader)
}

fn one(node: &Node, words: Words, reader: &mut Reader<'_>) -> Option<Who> {
    let who = scalar::parsed(node, "a name or an identity", reader)?;
    if let Who::Name(name) = &who
        && words == Words::Known
        && !reader.users
        && !reader.words.contains(name.as_str())
    {
        let message = format!(
            "{} is not a group or person of this file",
            quoted(name.as_str())
        );
        let hint = match nearest(name.as_str(), reader.words.iter().map(String::as_str)) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "name it under `groups` or `people`".to_owned(),
        };
        reader.report(Finding::new(node.at, message).hint(hint));
        return None;
    }
    Some(who)
}
