//! What makes a policy invalid as a whole, beyond the form of its single values.

mod checks;
mod delivery;
mod environments;
mod evidence;
mod gates;
mod names;
mod overrides;
mod people;
mod repositories;
mod signature;
mod window;

use std::collections::BTreeMap;

use super::Policy;

/// A step on the way from the file's top to a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathPart {
    /// A key of a mapping.
    Key(String),
    /// A place in a list, from 0.
    Index(usize),
}

/// One thing that is wrong in a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The way to the value.
    pub path: Vec<PathPart>,
    /// What is wrong with it, and what to do.
    pub message: String,
}

/// The most of anything listed in a policy: environments, images, groups, members, gates.
const LIST_MAX: usize = 1000;

impl Policy {
    /// Everything that is wrong with this policy; empty for a valid one.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Found::default();
        if self.images.is_empty() {
            found.add(["images"], "a pipeline needs at least one image");
        }
        one_image_a_repository(self, &mut found);
        signature::one_name_a_key(self, &mut found);
        people::check(self, &mut found);
        repositories::check(self, &mut found);
        environments::check(self, &mut found);
        found.0
    }
}

/// Two images in one repository would fight for the same tags.
fn one_image_a_repository(policy: &Policy, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (key, repository) in &policy.images {
        if let Some(other) = seen.insert(repository, key) {
            let message = format!("{repository} is the repository of {other} already");
            found.add(["images", key.as_str()], message);
        }
    }
}

#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add<'a>(&mut self, path: impl IntoIterator<Item = &'a str>, message: impl Into<String>) {
        let path = path
            .into_iter()
            .map(|key| PathPart::Key(key.to_owned()))
            .collect();
        self.0.push(Problem {
            path,
            message: message.into(),
        });
    }

    fn add_at<'a>(
        &mut self,
        path: impl IntoIterator<Item = &'a str>,
        index: usize,
        message: impl Into<String>,
    ) {
        self.add(path, message);
        if let Some(problem) = self.0.last_mut() {
            problem.path.push(PathPart::Index(index));
        }
    }
}
