//! Programs of the user's own as deployers and as checks.

use std::collections::BTreeMap;

use liftlock_core::Span;
use liftlock_engine::ports::{CheckOutcome, Delivered, DeliveryContext, DeliveryError};

use crate::environment::environment;
use crate::local::LocalDelivery;
use crate::note::Noting;
use crate::output::one_line;
use crate::program::Program;

/// A program as the pipeline file declares it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<'a> {
    pub(crate) command: &'a [String],
    pub(crate) env: &'a BTreeMap<String, String>,
    pub(crate) within: Span,
}

/// Runs the program that deploys.
///
/// # Errors
/// As [`Program::run`], and for a declared variable that is refused.
pub(crate) async fn deploy(
    local: &LocalDelivery,
    context: &DeliveryContext,
    declared: Declared<'_>,
) -> Result<Delivered, DeliveryError> {
    let noting = Noting {
        context,
        check: None,
    };
    let output = run(local, noting, declared).await?;
    Ok(Delivered {
        output,
        summary: None,
    })
}

/// Runs the program that checks: exit status 0 passes.
pub(crate) async fn check(
    local: &LocalDelivery,
    noting: Noting<'_>,
    declared: Declared<'_>,
) -> CheckOutcome {
    let (passed, summary, output) = match run(local, noting, declared).await {
        Ok(output) => (true, format!("{} ended with 0", name(declared)), output),
        Err(error) => (false, error.to_string(), printed(error)),
    };
    CheckOutcome {
        passed,
        summary: one_line(&summary),
        output,
        report: None,
    }
}

async fn run(
    local: &LocalDelivery,
    noting: Noting<'_>,
    declared: Declared<'_>,
) -> Result<Vec<u8>, DeliveryError> {
    Program {
        name: name(declared),
        arguments: declared.command,
        environment: &environment(noting.context, local.pass_env(), declared.env)?,
        dir: local.base_dir(),
        within: declared.within,
        noted: Some(noting),
    }
    .run()
    .await
}

fn name(declared: Declared<'_>) -> &str {
    declared
        .command
        .first()
        .map_or("the command", String::as_str)
}

fn printed(error: DeliveryError) -> Vec<u8> {
    match error {
        DeliveryError::Failed { output, .. } | DeliveryError::Timeout { output, .. } => output,
        _ => Vec::new(),
    }
}
