//! Which requests a fault is for.

use super::Kind;

/// The requests that a fault applies to. Every part must fit; the default fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// HTTP methods, in capitals; none means all.
    pub methods: Vec<String>,
    /// Kinds of requests; none means all.
    pub kinds: Vec<Kind>,
    /// One repository alone.
    pub repository: Option<String>,
    /// How many of the requests that fit pass untouched before the first that does not.
    pub skip: u64,
    /// How many are touched after that; `None` is no end.
    pub times: Option<u64>,
}

impl Filter {
    /// Those of these kinds and methods.
    pub(crate) fn of(kinds: &[Kind], methods: &[&str]) -> Self {
        Self {
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            kinds: kinds.to_vec(),
            ..Self::default()
        }
    }

    /// Whether a request is one of those that are counted.
    pub(crate) fn fits(&self, method: &str, kind: Kind, repository: Option<&str>) -> bool {
        let method_fits = self.methods.is_empty() || self.methods.iter().any(|m| m == method);
        let kind_fits = self.kinds.is_empty() || self.kinds.contains(&kind);
        let wanted = self.repository.as_deref();
        method_fits && kind_fits && (wanted.is_none() || wanted == repository)
    }

    /// Whether the request that fits as number `count`, from 0 on, is touched.
    pub(crate) fn touches(&self, count: u64) -> bool {
        let end = self.times.map(|times| self.skip.saturating_add(times));
        count >= self.skip && end.is_none_or(|end| count < end)
    }
}
