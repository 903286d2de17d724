//! Reads that do not see the last write.

use std::sync::Arc;

use axum::http::Method;
use liftlock_oci::Digest;

use super::Call;
use crate::api_error::ApiError;
use crate::app::App;
use crate::respond::blocking;
use crate::route::{Route, Target, target};

/// What the first reads after a write of a manifest show. Reads and writes are of the same
/// reference: a tag written and a digest read are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleFault {
    /// What was there before; 404 where nothing was.
    Old {
        /// How many reads.
        reads: u64,
    },
    /// 404, whatever was there before.
    Missing {
        /// How many reads.
        reads: u64,
    },
}

/// A write that is to be hidden once it is done.
pub(super) struct Write {
    name: String,
    reference: String,
    shown: Option<Digest>,
    reads: u64,
}

impl StaleFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Old { .. } => "stale-tags",
            Self::Missing { .. } => "stale-missing",
        }
    }

    /// Looks what is there before the write.
    pub(super) async fn before(
        self,
        app: &Arc<App>,
        route: &Route,
    ) -> Result<Option<Write>, ApiError> {
        let Route::Manifest { name, reference } = route else {
            return Ok(None);
        };
        let (shown, reads) = match self {
            Self::Old { reads } => (now(app, name, reference).await?, reads),
            Self::Missing { reads } => (None, reads),
        };
        Ok(Some(Write {
            name: name.clone(),
            reference: reference.clone(),
            shown,
            reads,
        }))
    }
}

impl Write {
    pub(super) fn done(&self, app: &Arc<App>) {
        app.faults.remember(|memory| {
            memory.keep_stale(&self.name, &self.reference, self.shown, self.reads);
        });
    }
}

/// Where a tag points now; a digest that is written for the first time was not there.
pub(super) async fn now(
    app: &Arc<App>,
    name: &str,
    reference: &str,
) -> Result<Option<Digest>, ApiError> {
    let Some(Target::Tag(tag)) = target(reference) else {
        return Ok(None);
    };
    let (app, name) = (Arc::clone(app), name.to_owned());
    blocking(move || match app.storage.find(&name) {
        Ok(layout) => Ok(layout.tag_digest(&tag)?),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

/// Turns a read that is to be stale into one of what was there before.
pub(super) fn read(app: &Arc<App>, call: &mut Call) -> Result<(), ApiError> {
    if call.method != Method::GET && call.method != Method::HEAD {
        return Ok(());
    }
    let Route::Manifest { name, reference } = &mut call.route else {
        return Ok(());
    };
    let stale = app
        .faults
        .remember(|memory| memory.read_stale(name, reference));
    match stale {
        None => Ok(()),
        Some(Some(shown)) => {
            *reference = shown.to_string();
            Ok(())
        }
        Some(None) => Err(ApiError::not_found("MANIFEST_UNKNOWN", "not seen yet")),
    }
}
