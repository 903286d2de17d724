//! The levels that an invocation gave rules instead of their own (SARIF 2.1.0, sections 3.20.5 and
//! 3.51).

use std::collections::HashMap;

use super::log::{Invocation, Level, SarifResult};
use super::rules::{Key, Rules};
use crate::ReportError;

/// By invocation, the level of each rule that it configures; the first of two on one rule.
pub(super) struct Overrides(Vec<HashMap<Key, Level>>);

impl Overrides {
    /// Takes them out of the invocations of a run. What is about no rule of its tool is left out.
    pub(super) fn take(invocations: &mut [Invocation], rules: &Rules) -> Result<Self, ReportError> {
        let mut all = Vec::new();
        for invocation in invocations {
            let mut levels = HashMap::new();
            let overrides = invocation.rule_configuration_overrides.take();
            let overrides = overrides.map_or(Ok(Vec::new()), |list| {
                list.within("ruleConfigurationOverrides")
            })?;
            for one in overrides {
                // A configuration without a level says `warning` (section 3.50.3).
                let level = one.configuration.level.unwrap_or(Level::Warning);
                if let Some(key) = rules.find(&one.descriptor) {
                    levels.entry(key).or_insert(level);
                }
            }
            all.push(levels);
        }
        Ok(Self(all))
    }

    /// The level of a rule in the invocation that a result says it came of (section 3.27.10).
    pub(super) fn level(&self, result: &SarifResult, rule: Key) -> Option<Level> {
        let index = result.provenance.as_ref()?.invocation_index?;
        let levels = self.0.get(usize::try_from(index).ok()?)?;
        levels.get(&rule).copied()
    }
}
