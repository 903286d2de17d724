//! Finding and reading the pipeline file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use liftlock_core::{PipelineName, Policy};
use liftlock_engine::ports::Store;
use liftlock_pipeline_file::FILE_BYTES_MAX;
use liftlock_store::DatabaseStore;
use liftlock_verbs::Failure;
use liftlock_verbs::policy::{NamedFile, PipelineFile, policy_of};

use super::Context;

/// The most of the pipeline file that is read; the parser's own limit is lower and says so.
const READ_BYTES_MAX: u64 = 1024 * 1024;

/// The policy that the pipeline file says; `None` where there is no such file.
pub(crate) fn load_policy(context: &Context) -> Result<Option<Policy>, Failure> {
    let Some(text) = text(context)? else {
        return Ok(None);
    };
    let folder = context.folder();
    let read = |path: &str| read_named(&folder.join(path));
    policy_of(&context.file.display().to_string(), &text, &read).map(Some)
}

/// The pipeline file with the files that it names, to be sent; `None` where there is none. What is
/// wrong with it is said here.
pub(crate) fn pipeline_file(context: &Context) -> Result<Option<PipelineFile>, Failure> {
    let Some(text) = text(context)? else {
        return Ok(None);
    };
    let folder = context.folder();
    let files = RefCell::new(BTreeMap::new());
    let read = |path: &str| {
        let bytes = read_named(&folder.join(path))?;
        let kept = NamedFile(bytes.clone());
        files.borrow_mut().insert(path.to_owned(), kept);
        Ok(bytes)
    };
    let name = context.file.display().to_string();
    policy_of(&name, &text, &read)?;
    let files = files.into_inner();
    Ok(Some(PipelineFile { name, text, files }))
}

/// The pipeline file's bytes.
fn text(context: &Context) -> Result<Option<Vec<u8>>, Failure> {
    let name = context.file.display();
    let file = match File::open(&context.file) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::usage(format!("{name} cannot be read: {error}"))),
    };
    let mut text = Vec::new();
    file.take(READ_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
    Ok(Some(text))
}

fn read_named(path: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    // One byte over the limit is enough for the parser to see, and say, that it is too large.
    let limited = file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    limited.map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Without a pipeline file the state must hold one pipeline only.
pub(super) async fn only_one(
    context: &Context,
    store: &DatabaseStore,
) -> Result<PipelineName, Failure> {
    let streams = store.streams().await?;
    match streams.as_slice() {
        [only] => only.parse().map_err(|error: liftlock_core::NameError| {
            Failure::failed(
                "state",
                format!("the state holds a pipeline that is none: {error}"),
            )
        }),
        [] => Err(
            Failure::usage(format!("there is no {} here", context.file.display()))
                .hint("`liftlock init IMAGE` writes one"),
        ),
        several => Err(Failure::usage(format!(
            "there is no {} here, and the state holds {} pipelines ({}); name a file with --file",
            context.file.display(),
            several.len(),
            several.join(", ")
        ))),
    }
}
