//! The pipeline file here and the policy that a server has adopted.

use liftlock_pipeline_file::Change;
use liftlock_verbs::policy::{Apply, Diff, changes};
use liftlock_verbs::{Exit, Failure, Request, show};
use serde_json::json;

use super::server::Asking;
use crate::context::{Context, pipeline_file};

/// Adopts the file as a new pipeline's policy: the first command that changes something does.
pub(super) async fn adopt(asking: &Asking<'_>, context: &Context) -> Result<(), Failure> {
    let Some(file) = pipeline_file(context)? else {
        return Ok(());
    };
    let apply = Apply {
        file,
        dry_run: false,
    };
    asking
        .ask(&Request::PolicyApply(apply), &mut |_| {})
        .await?;
    context.ui.note(&format!(
        "adopted {} into a new state, {}",
        context.file.display(),
        asking.server
    ));
    Ok(())
}

/// That the file differs from what is adopted, and where.
pub(super) async fn differs(asking: &Asking<'_>, context: &Context) -> Option<Failure> {
    let found = found(asking, context).await?;
    let message = format!(
        "{} differs from the adopted policy:\n{}",
        context.file.display(),
        changes(&found)
    );
    let mut failure = Failure::new(Exit::Usage, "unadopted", message)
        .hint("`liftlock policy apply` adopts it; what waits for approval then needs it anew");
    failure.details = json!({ "changes": found });
    Some(failure)
}

/// Warns that the file is not what is in force.
pub(super) async fn warn(asking: &Asking<'_>, context: &Context) {
    if let Some(found) = found(asking, context).await {
        context.ui.warn(&format!(
            "{} differs from the adopted policy in {}, and the adopted one is in force; see `liftlock policy diff`",
            context.file.display(),
            show::count(found.len(), "place")
        ));
    }
}

async fn found(asking: &Asking<'_>, context: &Context) -> Option<Vec<Change>> {
    let file = pipeline_file(context).ok()??;
    let request = Request::PolicyDiff(Diff { file });
    let done = asking.ask(&request, &mut |_| {}).await.ok()?;
    serde_json::from_value(done.json["changes"].clone()).ok()
}
