//! The keys of each block, in one place a block: for the walk, for suggestions, for the schema.

/// A block with fixed keys.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The name in the schema's `$defs`.
    pub(crate) name: &'static str,
    /// What it is, in messages.
    pub(crate) what: &'static str,
    /// Its keys; the first one of a gate, check or deployment is its kind.
    pub(crate) keys: &'static [&'static str],
    /// Keys of the design that this version does not have.
    pub(crate) later: &'static [&'static str],
}

/// A choice of blocks, told apart by which kind's key is there.
#[derive(Debug)]
pub(crate) struct Kinds {
    /// What it is, in messages.
    pub(crate) what: &'static str,
    /// The kinds.
    pub(crate) known: &'static [&'static Shape],
    /// Kinds of the design that this version does not have.
    pub(crate) later: &'static [&'static str],
}

/// Every block with fixed keys.
#[cfg(test)]
pub(crate) const SHAPES: &[&Shape] = &[
    &crate::file::FILE,
    &crate::allow::ALLOW,
    &crate::environments::ENVIRONMENT,
    &crate::gates::EVIDENCE,
    &crate::gates::MAX,
    &crate::gates::MIN,
    &crate::gates::ACCEPTED,
    &crate::gates::APPROVAL,
    &crate::gates::SOAK,
    &crate::gates::SIGNATURE,
    &crate::gates::WINDOW_GATE,
    &crate::gates::WINDOW,
    &crate::deploy::DEPLOY_COMPOSE,
    &crate::deploy::COMPOSE,
    &crate::deploy::DEPLOY_COMMAND,
    &crate::deploy::DEPLOY_GITOPS,
    &crate::deploy::GITOPS,
    &crate::deploy::KUSTOMIZE,
    &crate::deploy::HELM,
    &crate::deploy::VALUE,
    &crate::checks::HTTP,
    &crate::checks::COMMAND,
    &crate::checks::K6,
    &crate::checks::PROMETHEUS,
    &crate::checks::SECRET,
    &crate::rollback::ROLLBACK,
    &crate::overrides::OVERRIDE,
];
