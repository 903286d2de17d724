//! `people`: persons and the identities they come as.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{Identity, PersonName};

use crate::node::Node;
use crate::reader::Reader;
use crate::{named, sequence};

pub(crate) fn read(
    node: &Node,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<PersonName, BTreeSet<Identity>>> {
    let mut people = BTreeMap::new();
    for (person, entry) in named::entries(node, "a mapping of persons to identities", reader)? {
        let identities = sequence::parsed(&entry.value, "an identity", reader)?;
        people.insert(person, identities.into_iter().collect());
    }
    Some(people)
}
