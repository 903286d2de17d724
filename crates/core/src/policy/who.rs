//! Who is meant, and who may do what (semantics, "Identities").

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{IdentityMode, Policy};
use crate::identity::IdentityError;
use crate::provider_group::ProviderGroupError;
use crate::{Actor, Identity, NameError, PersonName, ProviderGroup, Refusal};

/// Someone named in a policy: an identity, or a word that is `owners`, a group, or a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// An identity, written with its kind: `token:ci`.
    Identity(Identity),
    /// A group of the provider of identities: `oidc-group:platform`.
    Group(ProviderGroup),
    /// A word: `owners`, a group, a person of `people`, or else the user of that name.
    Name(PersonName),
}

/// What a provider's group begins with in a pipeline file.
const GROUP: &str = "oidc-group:";

/// Why a text names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhoError {
    /// With a colon, but not an identity.
    #[error("{0}, or oidc-group:NAME")]
    Identity(#[from] IdentityError),
    /// A group that cannot be one.
    #[error(transparent)]
    Group(#[from] ProviderGroupError),
    /// Without one, but not a name.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// What an actor may be allowed to do. Approving and submitting evidence are not here: the gates
/// say who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Create a release. Where it is not listed, whoever may promote may.
    Release,
    /// Ask for a promotion, and carry it out.
    Promote,
    /// Ask for a rollback, and carry it out.
    Rollback,
    /// End someone else's open promotion.
    Cancel,
    /// Revoke evidence that someone else submitted.
    Revoke,
    /// Freeze an environment, or all, and end a freeze.
    Freeze,
    /// Open and resolve incidents.
    Incident,
    /// Pause automatic promotions into an environment, and let them go on.
    Hold,
    /// Read the pipeline on a server, beside all whom the policy names anywhere else.
    Read,
}

impl Verb {
    /// Every verb, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Release,
        Self::Promote,
        Self::Rollback,
        Self::Cancel,
        Self::Revoke,
        Self::Freeze,
        Self::Incident,
        Self::Hold,
        Self::Read,
    ];
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Release => "release",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Cancel => "cancel",
            Self::Revoke => "revoke",
            Self::Freeze => "freeze",
            Self::Incident => "incident",
            Self::Hold => "hold",
            Self::Read => "read",
        })
    }
}

/// Deepest nesting of groups that is followed; `check` refuses groups in groups, so this only
/// bounds a policy that was never checked.
const DEPTH_MAX: usize = 3;

impl Policy {
    /// Whether `who` means this actor.
    pub fn means(&self, who: &Who, actor: &Actor) -> bool {
        self.means_within(who, actor, DEPTH_MAX)
    }

    fn means_within(&self, who: &Who, actor: &Actor, depth: usize) -> bool {
        let identity = &actor.identity;
        let name = match who {
            Who::Identity(named) => return named == identity,
            Who::Group(group) => return actor.is_in(group),
            Who::Name(name) => name,
        };
        if depth == 0 {
            return false;
        }
        if name.as_str() == "owners" {
            return self
                .owners
                .iter()
                .any(|w| self.means_within(w, actor, depth - 1));
        }
        if let Some(members) = self
            .groups
            .iter()
            .find(|(group, _)| group.as_str() == name.as_str())
        {
            return members
                .1
                .iter()
                .any(|w| self.means_within(w, actor, depth - 1));
        }
        match self.people.get(name) {
            Some(identities) => identities.contains(identity),
            None => matches!(identity, Identity::User(user) if user == name),
        }
    }

    /// Whether any of `list` means this actor. An empty list means nobody.
    pub fn any_means(&self, list: &[Who], actor: &Actor) -> bool {
        list.iter().any(|who| self.means(who, actor))
    }

    /// The person an identity belongs to: of `people`, or else the identity itself. Persons fill
    /// approval slots, identities do not.
    pub fn person(&self, identity: &Identity) -> String {
        self.people
            .iter()
            .find(|(_, identities)| identities.contains(identity))
            .map_or_else(|| identity.to_string(), |(person, _)| person.to_string())
    }

    /// The person a declared author names: a person of `people`, an identity, or, where claimed
    /// identities count, a user. `None` for anything else: an author who is not known.
    pub fn person_named(&self, text: &str) -> Option<String> {
        if let Ok(identity) = text.parse::<Identity>() {
            return match identity {
                machine if machine.is_machine() => None,
                identity => Some(self.person(&identity)),
            };
        }
        let name: PersonName = text.parse().ok()?;
        if self.people.contains_key(&name) {
            return Some(name.to_string());
        }
        match self.identity {
            IdentityMode::Claimed => Some(self.person(&Identity::User(name))),
            IdentityMode::Authenticated => None,
        }
    }

    /// Whether an actor's identity counts at all: a claimed one only where the file says so.
    pub fn counts(&self, actor: &Actor) -> bool {
        self.identity == IdentityMode::Claimed || !actor.is_claimed()
    }

    /// Whether `actor` may do `verb`: those listed under `allow`; where it is not listed, the
    /// owners; in a file with claimed identities and without owners, anyone. A worker may do none,
    /// whoever lists it: see [`Self::permits_work`].
    pub fn permits(&self, verb: Verb, actor: &Actor) -> bool {
        if !self.counts(actor) || matches!(actor.identity, Identity::Worker(_)) {
            return false;
        }
        if let Some(list) = self.allow.get(&verb) {
            return self.any_means(list, actor);
        }
        if verb == Verb::Release && self.allow.contains_key(&Verb::Promote) {
            return self.permits(Verb::Promote, actor);
        }
        self.is_owner(actor)
    }

    /// Refuses whoever may not do `verb`.
    pub(crate) fn demand(&self, verb: Verb, actor: &Actor) -> Result<(), Refusal> {
        if self.permits(verb, actor) {
            return Ok(());
        }
        Err(Refusal::not_allowed(self, verb, actor))
    }

    /// Whether `actor` may carry out what belongs to `verb`, and was asked for by someone who may:
    /// who may do it, and workers.
    pub fn permits_work(&self, verb: Verb, actor: &Actor) -> bool {
        actor.is_worker() || self.permits(verb, actor)
    }

    /// Refuses whoever may not carry out what belongs to `verb`.
    pub(crate) fn demand_work(&self, verb: Verb, actor: &Actor) -> Result<(), Refusal> {
        if self.permits_work(verb, actor) {
            return Ok(());
        }
        Err(Refusal::not_allowed(self, verb, actor))
    }

    /// Whether `actor` is an owner, or owners are not needed.
    pub fn is_owner(&self, actor: &Actor) -> bool {
        if !self.counts(actor) || matches!(actor.identity, Identity::Worker(_)) {
            return false;
        }
        if self.owners.is_empty() {
            return self.identity == IdentityMode::Claimed;
        }
        self.any_means(&self.owners, actor)
    }

    /// The names a group or list of them stands for, for people to read.
    pub fn members(&self, list: &[Who]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for who in list {
            self.collect_members(who, &mut names, DEPTH_MAX);
        }
        names
    }

    fn collect_members(&self, who: &Who, names: &mut BTreeSet<String>, depth: usize) {
        let group = match who {
            Who::Name(name) if name.as_str() == "owners" => Some(&self.owners),
            Who::Name(name) => self
                .groups
                .iter()
                .find(|(group, _)| group.as_str() == name.as_str())
                .map(|(_, members)| members),
            Who::Identity(_) | Who::Group(_) => None,
        };
        match group {
            Some(members) if depth > 0 => {
                members
                    .iter()
                    .for_each(|w| self.collect_members(w, names, depth - 1));
            }
            _ => {
                names.insert(who.to_string());
            }
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => fmt::Display::fmt(identity, f),
            Self::Group(group) => write!(f, "{GROUP}{group}"),
            Self::Name(name) => fmt::Display::fmt(name, f),
        }
    }
}

impl FromStr for Who {
    type Err = WhoError;

    fn from_str(text: &str) -> Result<Self, WhoError> {
        if let Some(group) = text.strip_prefix(GROUP) {
            Ok(Self::Group(group.parse()?))
        } else if text.contains(':') {
            Ok(Self::Identity(text.parse()?))
        } else {
            Ok(Self::Name(text.parse()?))
        }
    }
}

liftlock_oci::serde_as_text!(Who);
