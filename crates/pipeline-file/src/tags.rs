//! `tags`: plain ones and ones with placeholders.

use liftlock_core::policy::TagTemplate;

use crate::node::Node;
use crate::reader::Reader;
use crate::sequence;

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<TagTemplate>> {
    sequence::filled(
        node,
        "`tags` lists nothing; leave it out for no tags",
        reader,
    )?;
    sequence::parsed(node, "a tag", reader)
}
