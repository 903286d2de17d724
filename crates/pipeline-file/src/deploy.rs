//! `deploy`: how a release is deployed.

mod command;
mod compose;
mod gitops;

use liftlock_core::policy::Deploy;

pub(crate) use command::DEPLOY_COMMAND;
pub(crate) use compose::{COMPOSE, DEPLOY_COMPOSE};
pub(crate) use gitops::{DEPLOY_GITOPS, FORMS, GITOPS, HELM, KUSTOMIZE, VALUE};

use crate::kind;
use crate::node::Entry;
use crate::reader::Reader;
use crate::shape::Kinds;

const KINDS: Kinds = Kinds {
    what: "a deployment",
    known: &[&DEPLOY_COMPOSE, &DEPLOY_GITOPS, &DEPLOY_COMMAND],
    later: &["kubernetes"],
};

pub(crate) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<Deploy> {
    let block = kind::choose(entry.at, &entry.value, &KINDS, reader)?;
    match block.kind() {
        "compose" => compose::read(block.entry("compose")?, reader),
        "gitops" => gitops::read(block.entry("gitops")?, reader),
        _ => command::read(&block, reader),
    }
}
