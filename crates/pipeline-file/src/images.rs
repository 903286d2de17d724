//! `image` and `images`: the repositories of the pipeline.

use std::collections::BTreeMap;

use liftlock_core::ImageKey;
use liftlock_oci::Repository;

use crate::block::Block;
use crate::finding::Finding;
use crate::node::Node;
use crate::reader::Reader;
use crate::{named, scalar};

/// The key that `image: REPOSITORY` stands for.
pub(crate) const SHORTHAND_KEY: &str = "app";

/// Exactly one of `image` and `images`.
pub(crate) fn read(
    file: &Block<'_>,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<ImageKey, Repository>> {
    match (file.entry("image"), file.entry("images")) {
        (Some(entry), None) => {
            let key = SHORTHAND_KEY.parse().ok()?;
            Some(BTreeMap::from([(key, repository(&entry.value, reader)?)]))
        }
        (None, Some(entry)) => several(&entry.value, reader),
        (Some(one), Some(two)) => {
            let at = one.at.max(two.at);
            let finding = Finding::new(at, "there is `image` and `images`; only one can be");
            reader.report(finding.hint("list all of them under `images`"));
            None
        }
        (None, None) => {
            if !file.meant("image") && !file.meant("images") {
                let finding = Finding::new(file.at, "a pipeline file needs `image` or `images`");
                reader.report(finding.hint("such as `image: registry.example.com/myapp`"));
            }
            None
        }
    }
}

fn several(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<ImageKey, Repository>> {
    let entries = named::entries(node, "a mapping of image keys to repositories", reader)?;
    let read = entries
        .into_iter()
        .filter_map(|(key, entry)| Some((key, repository(&entry.value, reader)?)));
    Some(read.collect())
}

fn repository(node: &Node, reader: &mut Reader<'_>) -> Option<Repository> {
    scalar::parsed(
        node,
        "a repository such as registry.example.com/myapp",
        reader,
    )
}
