//! Who acts in the tests.

use liftlock_core::{Actor, Authentication, Identity};

/// Someone a server has authenticated, or, for `user:`, someone claimed by the user `host`.
pub(crate) fn actor(identity: &str) -> Actor {
    let identity: Identity = identity.parse().unwrap();
    let authentication = match identity {
        Identity::User(_) => Authentication::Claimed {
            os_user: "host".to_owned(),
        },
        _ => Authentication::Authenticated,
    };
    Actor {
        identity,
        authentication,
    }
}

/// A person of the policies of [`crate::build`], authenticated.
pub(crate) fn oidc(name: &str) -> Actor {
    actor(&format!("oidc:{name}@example.com"))
}

/// A user of a state file.
pub(crate) fn user(name: &str) -> Actor {
    actor(&format!("user:{name}"))
}

/// A worker of a server.
pub(crate) fn worker(name: &str) -> Actor {
    actor(&format!("worker:{name}"))
}

/// A token of a server.
pub(crate) fn token(name: &str) -> Actor {
    actor(&format!("token:{name}"))
}
