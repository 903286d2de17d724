//! Groups that a provider of identities names at a login.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name of a group, in bytes.
pub const GROUP_BYTES_MAX: usize = 255;

/// The most groups of one login.
pub const GROUPS_MAX: usize = 500;

/// The most bytes of all their names.
pub const GROUPS_BYTES_MAX: usize = 24 * 1024;

/// A group as the provider calls it; in a pipeline file, `oidc-group:NAME`. It is another thing
/// than a group of the file: who is in it says the provider, at each login anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderGroup(String);

/// Why a text is no name of a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no group; its name has 1 to {GROUP_BYTES_MAX} bytes, no control characters, and no spaces around it"
)]
pub struct ProviderGroupError(String);

/// Why the groups of a login cannot be taken: leaving some out could take a right away unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupsError {
    /// Over [`GROUPS_MAX`].
    #[error("{0} groups, more than {GROUPS_MAX}")]
    Many(usize),
    /// Over [`GROUPS_BYTES_MAX`].
    #[error("the names of the groups have {0} bytes together, more than {GROUPS_BYTES_MAX}")]
    Long(usize),
}

/// The groups of one login.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(BTreeSet<ProviderGroup>);

impl Groups {
    /// Of what a provider said. Names that no pipeline file could name are left out: they give
    /// nobody a right.
    ///
    /// # Errors
    /// [`GroupsError`] for more than are kept.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, GroupsError> {
        let names = names.into_iter().filter_map(|name| name.parse().ok());
        let groups: BTreeSet<ProviderGroup> = names.collect();
        if groups.len() > GROUPS_MAX {
            return Err(GroupsError::Many(groups.len()));
        }
        match groups.iter().map(|group| group.0.len()).sum::<usize>() {
            bytes if bytes > GROUPS_BYTES_MAX => Err(GroupsError::Long(bytes)),
            _ => Ok(Self(groups)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them.
    pub fn contains(&self, group: &ProviderGroup) -> bool {
        self.0.contains(group)
    }

    /// Those of them that are among `named`.
    pub(crate) fn among(&self, named: &BTreeSet<&ProviderGroup>) -> Self {
        let kept = self.0.iter().filter(|group| named.contains(group));
        Self(kept.cloned().collect())
    }
}

impl fmt::Display for ProviderGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProviderGroup {
    type Err = ProviderGroupError;

    fn from_str(text: &str) -> Result<Self, ProviderGroupError> {
        let fits = (1..=GROUP_BYTES_MAX).contains(&text.len()) && text.trim() == text;
        if !fits || text.chars().any(char::is_control) {
            return Err(ProviderGroupError(text.chars().take(80).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

liftlock_oci::serde_as_text!(ProviderGroup);
