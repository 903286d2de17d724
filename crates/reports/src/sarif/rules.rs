//! Which rule a result is of (SARIF 2.1.0, sections 3.27.5 to 3.27.7).

use std::collections::HashMap;

use super::log::{Rule, SarifResult, Tool};
use crate::ReportError;

/// A tool's rules, by component: the driver's first, then the extensions'.
pub(super) struct Rules {
    components: Vec<Vec<Rule>>,
    /// The first rule with an id, by component and place.
    by_id: HashMap<String, (usize, usize)>,
}

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

    /// The rule by its index, else by its id, else by the id without its last part: `CA1000/1` is
    /// of the rule `CA1000`.
    pub(super) fn of(&self, result: &SarifResult) -> Option<&Rule> {
        let reference = result.rule.as_deref();
        let extension = reference.and_then(|rule| rule.tool_component.as_ref());
        let component = match extension.and_then(|component| component.index) {
            Some(index) => usize::try_from(index).ok()?.checked_add(1)?,
            None => 0,
        };
        let index = result.rule_index.or(reference.and_then(|rule| rule.index));
        let index = index.and_then(|index| usize::try_from(index).ok());
        let indexed = index.and_then(|index| self.components.get(component)?.get(index));
        let id = result
            .rule_id
            .as_deref()
            .or(reference.and_then(|rule| rule.id.as_deref()));
        indexed.or_else(|| {
            let id = id?;
            let parent = || self.by_id.get(id.rsplit_once('/')?.0);
            let (component, place) = self.by_id.get(id).or_else(parent)?;
            self.components.get(*component)?.get(*place)
        })
    }
}
