//! Lists, and the shorthand of one value for a list of one.

use std::fmt::Display;
use std::str::FromStr;

use crate::finding::Finding;
use crate::node::{Kind, Node};
use crate::reader::Reader;
use crate::scalar;

/// The items of a list, or the one value that stands for a list of one.
pub(crate) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Refuses a list that is written but empty, where leaving it out means something else.
pub(crate) fn filled(node: &Node, message: &str, reader: &mut Reader<'_>) -> Option<()> {
    if items(node).is_empty() {
        reader.report(Finding::new(node.at, message));
        return None;
    }
    Some(())
}

/// One value or a list of them, none twice.
pub(crate) fn parsed<T>(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Vec<T>>
where
    T: FromStr<Err: Display> + PartialEq + Display,
{
    each(node, reader, |item, reader| {
        scalar::parsed(item, what, reader)
    })
}

/// Reads each item; nothing where one of them cannot be read or stands there twice.
pub(crate) fn each<T: PartialEq>(
    node: &Node,
    reader: &mut Reader<'_>,
    mut read: impl FnMut(&Node, &mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut values = Vec::new();
    let mut whole = true;
    for item in items(node) {
        match read(item, reader) {
            Some(value) if values.contains(&value) => {
                reader.report(Finding::new(item.at, "this is in the list already"));
                whole = false;
            }
            Some(value) => values.push(value),
            None => whole = false,
        }
    }
    whole.then_some(values)
}
