//! Who acts (semantics, "Identities").

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Groups, PersonName, Policy, ProviderGroup};

/// An identity: `user:NAME` (a state file's user, claimed), `token:NAME`, `oidc:SUBJECT`,
/// `worker:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// A name that the state file's user gave.
    User(PersonName),
    /// A token of a server. Tokens cannot approve.
    Token(PersonName),
    /// The subject of an OpenID Connect login.
    Oidc(String),
    /// A worker of a server, which carries out what others asked for and nothing else. An identity
    /// of its own, so that no pipeline file has to allow it anything, and none can allow it more.
    Worker(PersonName),
}

/// Why a text is not an identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an identity; expected user:NAME, token:NAME, oidc:SUBJECT or worker:NAME")]
pub struct IdentityError(String);

/// How an identity came to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Authentication {
    /// Said by whoever could write the state file. Proves nothing.
    Claimed {
        /// The operating system's user at the time.
        os_user: String,
    },
    /// Established by a server.
    Authenticated,
    /// The same, with the groups that the provider named at the login. Only those that the
    /// pipeline's policy names are recorded: the others decide nothing, and are nobody's business.
    InGroups {
        /// The groups; never none.
        groups: Groups,
    },
}

/// Who gave a command, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The identity.
    pub identity: Identity,
    /// How it is known.
    pub authentication: Authentication,
}

impl Actor {
    /// Someone whom a server knows, with what their provider says they are in.
    pub fn authenticated(identity: Identity, groups: Groups) -> Self {
        let authentication = match groups.is_empty() {
            true => Authentication::Authenticated,
            false => Authentication::InGroups { groups },
        };
        Self {
            identity,
            authentication,
        }
    }

    /// Whether the provider said that they are in this group.
    pub fn is_in(&self, group: &ProviderGroup) -> bool {
        match &self.authentication {
            Authentication::InGroups { groups } => groups.contains(group),
            Authentication::Claimed { .. } | Authentication::Authenticated => false,
        }
    }

    /// The same actor with those groups alone that one of these policies names: what is recorded.
    pub fn as_known_to<'a>(&self, policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let Authentication::InGroups { groups } = &self.authentication else {
            return self.clone();
        };
        let named = policies.into_iter().flat_map(Policy::provider_groups);
        Self::authenticated(self.identity.clone(), groups.among(&named.collect()))
    }

    /// Whether the identity is only claimed.
    pub fn is_claimed(&self) -> bool {
        matches!(self.authentication, Authentication::Claimed { .. })
    }

    /// Whether it is a worker of a server. Nobody is one who only says so.
    pub fn is_worker(&self) -> bool {
        matches!(self.identity, Identity::Worker(_)) && !self.is_claimed()
    }
}

impl Identity {
    /// Whether nobody stands behind it who could answer for a decision: machines do not approve,
    /// override or fill the place of an author.
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Worker(_))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.authentication {
            Authentication::Claimed { os_user } => match &self.identity {
                Identity::User(name) if name.as_str() == os_user => {
                    write!(f, "{} (claimed)", self.identity)
                }
                identity => write!(f, "{identity} (claimed by {os_user})"),
            },
            Authentication::Authenticated | Authentication::InGroups { .. } => {
                fmt::Display::fmt(&self.identity, f)
            }
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user:{name}"),
            Self::Token(name) => write!(f, "token:{name}"),
            Self::Oidc(subject) => write!(f, "oidc:{subject}"),
            Self::Worker(name) => write!(f, "worker:{name}"),
        }
    }
}

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let bad = || IdentityError(text.chars().take(80).collect());
        let (kind, name) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "user" => Ok(Self::User(name.parse().map_err(|_| bad())?)),
            "token" => Ok(Self::Token(name.parse().map_err(|_| bad())?)),
            "worker" => Ok(Self::Worker(name.parse().map_err(|_| bad())?)),
            "oidc" => {
                let printable = name.chars().all(|c| c.is_ascii_graphic());
                if name.is_empty() || name.len() > 255 || !printable {
                    return Err(bad());
                }
                Ok(Self::Oidc(name.to_owned()))
            }
            _ => Err(bad()),
        }
    }
}

liftlock_oci::serde_as_text!(Identity);
