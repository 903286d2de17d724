//! The policy: the file that says it, adopted, compared, shown.

mod apply;
mod changes;
mod diff;
mod file;
mod show;

pub use apply::Apply;
pub use changes::changes;
pub use diff::Diff;
pub use file::{NAMED_FILES_MAX, NamedFile, PipelineFile, policy_of};
pub use show::Show;

pub(crate) use apply::run as apply;
pub(crate) use diff::run as diff;
pub(crate) use show::run as show;
