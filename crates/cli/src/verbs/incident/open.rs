//! `liftlock incident open`

use clap::{ArgGroup, Args};
use liftlock_verbs::incident::{Open, Resolve};
use liftlock_verbs::{Failure, Request};

use super::alertmanager;

/// Say that something is wrong: what is there is withdrawn, and its soak begins anew
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("why").required(true).args(["reason", "alertmanager"])))]
#[command(
    after_help = "Examples:\n  liftlock incident open production --reason 'orders fail'\n  liftlock incident open production --alertmanager - < payload.json\n\n\
A payload of Alertmanager's webhook opens an incident where an alert fires, and resolves the \
incident of the same group where all are resolved."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    open: Open,
    /// What Alertmanager's webhook sends; `-` for standard input
    #[arg(long, value_name = "FILE")]
    alertmanager: Option<String>,
}

impl Arguments {
    pub(super) fn request(self) -> Result<Request, Failure> {
        let Self { open, alertmanager } = self;
        let Some(path) = alertmanager else {
            return Ok(Request::IncidentOpen(open));
        };
        let alarm = alertmanager::read(&path)?;
        Ok(match alarm.reason {
            Some(reason) => Request::IncidentOpen(Open {
                reason: Some(reason),
                ..open
            }),
            None => Request::IncidentResolve(Resolve {
                environment: open.environment,
                group: Some(alarm.group),
                dry_run: open.dry_run,
            }),
        })
    }
}
