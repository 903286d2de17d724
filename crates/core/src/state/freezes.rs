//! Freezes that hold, and those that are over.

use super::State;
use crate::freeze::{Freeze, FreezeEnd, Scope};
use crate::{Actor, EnvironmentName, Time};

impl State {
    /// The freeze of this scope that is in force.
    pub fn freeze(&self, scope: &Scope, now: Time) -> Option<&Freeze> {
        let freeze = self.freezes.get(*self.frozen.get(scope)?)?;
        freeze.is_in_force(now).then_some(freeze)
    }

    /// Every freeze that is in force, that of all environments first.
    pub fn in_force(&self, now: Time) -> impl Iterator<Item = &Freeze> {
        let scopes = self.frozen.keys();
        scopes.filter_map(move |scope| self.freeze(scope, now))
    }

    /// The freezes that are in force in an environment: that of all, and its own.
    pub fn freezes_of(&self, environment: &EnvironmentName, now: Time) -> Vec<&Freeze> {
        if self.frozen.is_empty() {
            return Vec::new();
        }
        let scopes = [Scope::All, Scope::Environment(environment.clone())];
        let freezes = scopes.iter().filter_map(|scope| self.freeze(scope, now));
        freezes.collect()
    }

    pub(super) fn start_freeze(&mut self, freeze: Freeze) {
        let (scope, at) = (freeze.scope.clone(), freeze.at);
        let before = self.frozen.insert(scope, self.freezes.len());
        if let Some(before) = before.and_then(|before| self.freezes.get_mut(before))
            && before.is_in_force(at)
        {
            before.ended = Some(FreezeEnd::Replaced { at });
        }
        self.freezes.push(freeze);
    }

    pub(super) fn end_freeze(
        &mut self,
        scope: &Scope,
        reason: Option<&str>,
        actor: &Actor,
        now: Time,
    ) -> Result<(), String> {
        let missing = || format!("a freeze of {scope}");
        let at = self.frozen.remove(scope).ok_or_else(missing)?;
        let freeze = self.freezes.get_mut(at).ok_or_else(missing)?;
        freeze.ended = Some(FreezeEnd::Lifted {
            at: now,
            by: actor.clone(),
            reason: reason.map(str::to_owned),
        });
        Ok(())
    }
}

/// The last freezes as pairs: a scope is no text, and JSON has no other keys.
pub(super) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::freeze::Scope;

    type Last = BTreeMap<Scope, usize>;

    pub(in crate::state) fn serialize<S: Serializer>(
        last: &Last,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(last)
    }

    pub(in crate::state) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Last, D::Error> {
        let pairs = Vec::<(Scope, usize)>::deserialize(from)?;
        Ok(pairs.into_iter().collect())
    }
}
