//! What a request needs a token for (distribution's token scopes).

use liftlock_oci::Repository;

/// What is done in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    /// Reading.
    Pull,
    /// Reading and writing.
    Push,
    /// Reading and deleting.
    Delete,
}

/// The scopes of one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    path: String,
    access: Access,
    mount_from: Option<String>,
}

impl Scope {
    /// Access to one repository.
    pub(crate) fn new(repository: &Repository, access: Access) -> Self {
        Self {
            path: repository.path().to_owned(),
            access,
            mount_from: None,
        }
    }

    /// Writing to one repository while reading from another of the same registry, which may be
    /// the same one.
    pub(crate) fn mount(repository: &Repository, from: &Repository) -> Self {
        Self {
            mount_from: (from != repository).then(|| from.path().to_owned()),
            ..Self::new(repository, Access::Push)
        }
    }

    /// The scope texts that a token service is asked for: one repository each.
    pub(crate) fn texts(&self) -> Vec<String> {
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
            Access::Delete => "pull,delete",
        };
        let mut texts = vec![format!("repository:{}:{actions}", self.path)];
        if let Some(from) = &self.mount_from {
            texts.push(format!("repository:{from}:pull"));
        }
        texts
    }

    /// Whether a token for `self` serves a request that needs `other`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if other.mount_from.is_none() && self.mount_from.as_deref() == Some(&other.path) {
            return other.access == Access::Pull || self.path == other.path;
        }
        let mounts = other.mount_from.is_none() || other.mount_from == self.mount_from;
        let access = other.access == Access::Pull || other.access == self.access;
        self.path == other.path && mounts && access
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_token_serves_pulls_and_nothing_serves_more_than_it_says() {
        let a: Repository = "r.example.com/a".parse().unwrap();
        let b: Repository = "r.example.com/b".parse().unwrap();
        let pull = Scope::new(&a, Access::Pull);
        let push = Scope::new(&a, Access::Push);
        let delete = Scope::new(&a, Access::Delete);
        let mount = Scope::mount(&a, &b);
        assert!(push.covers(&pull) && delete.covers(&pull) && mount.covers(&push));
        assert!(!pull.covers(&push) && !push.covers(&delete) && !push.covers(&mount));
        assert!(!push.covers(&Scope::new(&b, Access::Pull)));
        assert!(mount.covers(&Scope::new(&b, Access::Pull)));
        assert!(!mount.covers(&Scope::new(&b, Access::Push)));
        assert_eq!(
            mount.texts(),
            ["repository:a:pull,push", "repository:b:pull"]
        );
        assert_eq!(Scope::mount(&a, &a), push);
    }
}
