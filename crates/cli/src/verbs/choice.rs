//! `RELEASE` on the command line: a name, or a reference to an image that it pins.

use std::str::FromStr;

use liftlock_core::ReleaseName;
use liftlock_engine::{Intake, ReleaseChoice};

use crate::context::{Context, Session};
use crate::failure::Failure;
use crate::verbs::reference::definite;

/// A release, as typed.
#[derive(Debug, Clone)]
pub(crate) struct Choice(ReleaseChoice);

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let choice = if text.contains(['/', ':', '@']) {
            ReleaseChoice::Reference(definite(text)?)
        } else {
            ReleaseChoice::Name(
                text.parse()
                    .map_err(|e: liftlock_core::NameError| e.to_string())?,
            )
        };
        Ok(Self(choice))
    }
}

impl Choice {
    /// Finds the release, creating it where a reference pins none yet; with `dry_run` it is only
    /// in the state that comes back.
    pub(crate) async fn find_or_create(
        &self,
        session: &Session,
        context: &Context,
        dry_run: bool,
    ) -> Result<Intake, Failure> {
        let intake = session.app.choose(&self.0, dry_run).await?;
        for notice in &intake.notices {
            context.ui.warn(notice);
        }
        if intake.created {
            created(context, &intake, dry_run);
        }
        Ok(intake)
    }

    /// Finds the release; one that is not there is unknown.
    pub(crate) async fn find(
        &self,
        session: &Session,
        context: &Context,
    ) -> Result<ReleaseName, Failure> {
        let intake = session.app.choose(&self.0, true).await?;
        for notice in &intake.notices {
            context.ui.warn(notice);
        }
        if intake.created {
            return Err(Failure::usage(format!("no release pins {}", self.typed()))
                .hint("create one with `liftlock release create NAME IMAGE`"));
        }
        Ok(intake.release)
    }
}

impl Choice {
    fn typed(&self) -> String {
        match &self.0 {
            ReleaseChoice::Name(name) => name.to_string(),
            ReleaseChoice::Reference(reference) => reference.to_string(),
        }
    }
}

fn created(context: &Context, intake: &Intake, dry_run: bool) {
    let verb = if dry_run { "would create" } else { "created" };
    let images = intake.images.iter();
    let images: Vec<_> = images
        .map(|(key, i)| format!("{key} {}", i.image.digest))
        .collect();
    context.ui.note(&format!(
        "{verb} the release {} ({})",
        intake.release,
        images.join(", ")
    ));
}
