//! Who is named: one word or identity, or a list of them.

use liftlock_core::policy::Who;

use crate::finding::{Finding, quoted};
use crate::nearest::nearest;
use crate::node::Node;
use crate::reader::Reader;
use crate::{scalar, sequence};

/// What stands before the colon of an identity, or of a group of the provider.
const KINDS: [&str; 5] = ["user", "token", "oidc", "worker", "oidc-group"];

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
    let text = scalar::text(node, "a name or an identity", reader)?;
    let who = match text.parse::<Who>() {
        Ok(who) => who,
        Err(error) => {
            let mut finding = Finding::new(node.at, error.to_string());
            if let Some(hint) = meant(text) {
                finding = finding.hint(hint);
            }
            reader.report(finding);
            return None;
        }
    };
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

/// What a text with an unknown kind before its colon was meant to be.
fn meant(text: &str) -> Option<String> {
    let (kind, name) = text.split_once(':')?;
    let kind = match kind {
        // A group of the file is a plain word; with a colon it can only be the provider's.
        "group" | "groups" => "oidc-group",
        kind => nearest(kind, KINDS)?,
    };
    (!text.starts_with(&format!("{kind}:"))).then(|| format!("did you mean `{kind}:{name}`?"))
}
