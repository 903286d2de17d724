//! `repository` of an environment: one, or several.

use liftlock_core::policy::RepositoryTemplate;

use crate::node::Node;
use crate::reader::Reader;
use crate::sequence;

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<RepositoryTemplate>> {
    sequence::filled(
        node,
        "`repository` lists nothing; leave it out, and images stay where they are built",
        reader,
    )?;
    sequence::parsed(
        node,
        "a repository such as registry.example.com/shop/{image}",
        reader,
    )
}
