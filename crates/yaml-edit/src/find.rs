//! Following a path.

use liftlock_core::policy::{YamlPath, YamlStep};

use crate::{Node, Yaml, YamlError};

impl Yaml<'_> {
    /// The one value that a path leads to, over all documents.
    ///
    /// # Errors
    /// [`YamlError::Nothing`], [`YamlError::Several`], and [`YamlError::Twice`] for a key on the
    /// way.
    pub fn find(&self, path: &YamlPath) -> Result<&Node, YamlError> {
        let mut found: Vec<&Node> = self.documents.iter().collect();
        for step in path.steps() {
            let mut next = Vec::new();
            for node in found {
                follow(node, step, &mut next)?;
            }
            found = next;
        }
        match found[..] {
            [one] => Ok(one),
            [] => Err(YamlError::Nothing {
                path: path.to_string(),
            }),
            _ => Err(YamlError::Several {
                path: path.to_string(),
                count: found.len(),
            }),
        }
    }
}

fn follow<'n>(node: &'n Node, step: &YamlStep, to: &mut Vec<&'n Node>) -> Result<(), YamlError> {
    match step {
        YamlStep::Key(key) => to.extend(node.get(key)?),
        YamlStep::Index(index) => to.extend(node.items().get(*index)),
        YamlStep::Where { key, value } => {
            for item in node.items() {
                if item.text_of(key)? == Some(value) {
                    to.push(item);
                }
            }
        }
    }
    Ok(())
}
