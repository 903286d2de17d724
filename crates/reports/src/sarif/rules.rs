//! Which rule a result is of (SARIF 2.1.0, sections 3.27.5 to 3.27.7 and
//! 3.52).

use std::collections::HashMap;

use super::log::{Rule, RuleReference, SarifResult, Tool};
use crate::ReportError;

/// A tool's rules, by component: the driver's first, then the extensions'.
pub(super) struct Rules {
    components: Vec<Vec<Rule>>,
    /// The first rule with an id, by component and place.
    by_id: HashMap<String, Key>,
}

/// Where a rule is: its component, and its place there.
pub(super) type Key = (usize, usize);

impl Rules {
    pub(super) fn new(tool: Tool) -> Result<Self, ReportError> {
        let extensions = tool
            .extensions
            .map_or(Ok(Vec::new()), |e| e.within("extensions"))?;
        let mut components = Vec::new();
        for component in std::iter::once(tool.driver).chain(extensions) {
            let rules = component
                .rules
                .map_or(Ok(Vec::new()), |r| r.within("rules"))?;
            components.push(rules);
        }
        let mut by_id = HashMap::new();
        for (component, rules) in components.iter().enumerate() {
            for (place, rule) in rules.iter().enumerate() {
                by_id.entry(rule.id.clone()).or_insert((component, place));
            }
        }
        Ok(Self { components, by_id })
    }

    /// The rule of a result.
    pub(super) fn of(&self, result: &SarifResult) -> Option<(Key, &Rule)> {
        let reference = result.rule.as_deref();
        let named = RuleReference {
            id: result
                .rule_id
                .clone()
                .or_else(|| reference.and_then(|rule| rule.id.clone())),
            index: result.rule_index.or(reference.and_then(|rule| rule.index)),
            tool_component: reference.and_then(|rule| rule.tool_component),
        };
        let key = self.find(&named)?;
        Some((key, self.components.get(key.0)?.get(key.1)?))
    }

    /// The rule by its index, else by its id, else by the id without its last part: `CA1000/1` is
    /// of the rule `CA1000`.
    pub(super) fn find(&self, named: &RuleReference) -> Option<Key> {
        let component = match named.tool_component.and_then(|component| component.index) {
            Some(index) => usize::try_from(index).ok()?.checked_add(1)?,
            None => 0,
        };
        let index = named.index.and_then(|index| usize::try_from(index).ok());
        let is_there = |index: &usize| {
            let rules = self.components.get(component);
            rules.is_some_and(|rules| *index < rules.len())
        };
        if let Some(index) = index.filter(is_there) {
            return Some((component, index));
        }
        let id = named.id.as_deref()?;
        let parent = || self.by_id.get(id.rsplit_once('/')?.0);
        self.by_id.get(id).or_else(parent).copied()
    }
}
