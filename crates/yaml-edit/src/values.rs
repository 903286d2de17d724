//! What a YAML text says, without how it is written.

use std::collections::BTreeMap;

use crate::node::{Kind, Node};

/// A place in a text, and what is there.
pub(crate) type Values = BTreeMap<Vec<String>, String>;

/// Every value with its place, and the place of each node.
pub(crate) fn values(documents: &[Node]) -> (Values, BTreeMap<usize, Vec<String>>) {
    let (mut values, mut places) = (Values::new(), BTreeMap::new());
    for (number, document) in documents.iter().enumerate() {
        let mut place = vec![number.to_string()];
        add(document, &mut place, &mut values, &mut places);
    }
    (values, places)
}

/// Nesting is bounded by the reader.
fn add(
    node: &Node,
    place: &mut Vec<String>,
    values: &mut Values,
    places: &mut BTreeMap<usize, Vec<String>>,
) {
    places.insert(node.id, place.clone());
    let value = match &node.kind {
        Kind::Scalar { text, .. } => format!("={text}"),
        Kind::Alias => "*".to_owned(),
        Kind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                place.push(number.to_string());
                add(item, place, values, places);
                place.pop();
            }
            "[]".to_owned()
        }
        Kind::Map { entries, .. } => {
            for (number, entry) in entries.iter().enumerate() {
                // A key that is no single value has no name of its own.
                let name = entry.key.text().map(|text| format!(".{text}"));
                place.push(name.unwrap_or_else(|| format!("?{number}")));
                add(&entry.value, place, values, places);
                place.pop();
            }
            "{}".to_owned()
        }
    };
    values.insert(place.clone(), value);
}
