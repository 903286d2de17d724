//! `RELEASE` on the command line: a name, or a reference to an image that it pins.

use std::fmt;
use std::str::FromStr;

use liftlock_core::ReleaseName;
use liftlock_engine::{Intake, ReleaseChoice};

use crate::failure::Failure;
use crate::reference::definite;
use crate::session::Session;

/// A release, as typed: a name, or a reference with a tag or a digest.
#[derive(Debug, Clone)]
pub struct Choice(ReleaseChoice);

liftlock_oci::serde_as_text!(Choice);

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ReleaseChoice::Name(name) => name.fmt(f),
            ReleaseChoice::Reference(reference) => reference.fmt(f),
        }
    }
}

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
    pub async fn find_or_create(
        &self,
        session: &Session,
        dry_run: bool,
    ) -> Result<Intake, Failure> {
        let intake = session.app.choose(&self.0, dry_run).await?;
        for notice in &intake.notices {
            session.voice.warn(notice);
        }
        if intake.created {
            created(session, &intake, dry_run);
        }
        Ok(intake)
    }

    /// Finds the release; one that is not there is unknown.
    pub async fn find(&self, session: &Session) -> Result<ReleaseName, Failure> {
        let intake = session.app.choose(&self.0, true).await?;
        for notice in &intake.notices {
            session.voice.warn(notice);
        }
        if intake.created {
            return Err(Failure::usage(format!("no release pins {}", self))
                .hint("create one with `liftlock release create NAME IMAGE`"));
        }
        Ok(intake.release)
    }
}

fn created(session: &Session, intake: &Intake, dry_run: bool) {
    let verb = if dry_run { "would create" } else { "created" };
    let images = intake.images.iter();
    let images: Vec<_> = images
        .map(|(key, i)| format!("{key} {}", i.image.digest))
        .collect();
    session.voice.note(&format!(
        "{verb} the release {} ({})",
        intake.release,
        images.join(", ")
    ));
}
