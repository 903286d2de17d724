//! `groups`: names for several persons or identities.

use std::collections::BTreeMap;

use liftlock_core::GroupName;
use liftlock_core::policy::Who;

use crate::named;
use crate::node::Node;
use crate::reader::Reader;
use crate::who::{self, Words};

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<GroupName, Vec<Who>>> {
    let entries = named::entries(node, "a mapping of groups to members", reader)?;
    let read = entries.into_iter().filter_map(|(group, entry)| {
        let members = who::list(&entry.value, Words::Any, reader)?;
        Some((group, members))
    });
    Some(read.collect())
}
