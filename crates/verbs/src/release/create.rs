//! A release is created.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::Args;
use liftlock_core::release::{About, Imported};
use liftlock_core::{ImageKey, ReleaseName};
use liftlock_engine::IntakeRequest;
use liftlock_oci::Reference;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::reference::definite;
use crate::session::Session;

/// Pin the digests of a release, once and for all
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  liftlock release create 1.4.2 registry.example.com/myapp:build-456 \
--version 1.4.2 --commit $SHA\n  liftlock release create 1.4.2 api=registry.example.com/shop/api:456 \
worker=registry.example.com/shop/worker:456"
)]
pub struct Create {
    /// The release's name
    pub name: ReleaseName,
    /// A reference, or KEY=REFERENCE, for each image of the pipeline
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<ImageArgument>,
    /// The application's version, for tags and people
    #[arg(long)]
    pub version: Option<String>,
    /// The build
    #[arg(long)]
    pub build: Option<String>,
    /// The source commit
    #[arg(long)]
    pub commit: Option<String>,
    /// Where to read more
    #[arg(long)]
    pub url: Option<String>,
    /// Who wrote it: a person of the pipeline file, or an identity
    #[arg(long, value_name = "WHO")]
    pub author: Option<String>,
    /// A label; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE")]
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Change nothing, and show what would be pinned
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
    /// Where it came from, where it was brought in an archive that was checked
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<Imported>>,
}

impl Create {
    /// A release that was brought from another site: each image by its key, where it is here.
    pub fn imported(
        name: ReleaseName,
        images: Vec<(ImageKey, Reference)>,
        about: About,
        imported: Imported,
    ) -> Self {
        let images = images.into_iter();
        let labels = about.labels.into_iter();
        Self {
            name,
            images: images
                .map(|(key, reference)| ImageArgument(Some(key), reference))
                .collect(),
            version: about.version,
            build: about.build,
            commit: about.commit,
            url: about.url,
            author: about.author,
            labels: labels.map(|(key, value)| Label(key, value)).collect(),
            dry_run: false,
            imported: Some(Box::new(imported)),
        }
    }
}

/// `KEY=REFERENCE`, or `REFERENCE` where there is one image.
#[derive(Debug, Clone)]
pub struct ImageArgument(Option<ImageKey>, Reference);

liftlock_oci::serde_as_text!(ImageArgument);

impl fmt::Display for ImageArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(key) => write!(f, "{key}={}", self.1),
            None => self.1.fmt(f),
        }
    }
}

impl FromStr for ImageArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, reference) = match text.split_once('=') {
            Some((key, rest)) => {
                let key = key
                    .parse()
                    .map_err(|e: liftlock_core::NameError| e.to_string())?;
                (Some(key), rest)
            }
            None => (None, text),
        };
        Ok(Self(key, definite(reference)?))
    }
}

/// `KEY=VALUE`.
#[derive(Debug, Clone)]
pub struct Label(String, String);

liftlock_oci::serde_as_text!(Label);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.1)
    }
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
        Ok(Self(key.to_owned(), value.to_owned()))
    }
}

pub(crate) async fn run(arguments: Create, session: &Session) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    let mut labels = BTreeMap::new();
    for Label(key, value) in arguments.labels {
        if labels.insert(key.clone(), value).is_some() {
            return Err(Failure::usage(format!("the label {key} is given twice")));
        }
    }
    let request = IntakeRequest {
        name: arguments.name,
        images: arguments
            .images
            .into_iter()
            .map(|ImageArgument(key, r)| (key, r))
            .collect(),
        about: About {
            version: arguments.version,
            build: arguments.build,
            commit: arguments.commit,
            url: arguments.url,
            author: arguments.author,
            labels,
        },
        imported: arguments.imported,
        dry_run,
    };
    let intake = session.app.create_release(request).await?;
    for notice in &intake.notices {
        session.voice.warn(notice);
    }
    let verb = match (intake.created, dry_run) {
        (false, _) => "exists with these digests already",
        (true, true) => "would be created",
        (true, false) => "created",
    };
    let mut text = format!("release {} {verb}", intake.release);
    for (key, image) in &intake.images {
        text.push_str(&format!(
            "\n  {key} {}@{}",
            image.repository, image.image.digest
        ));
        let platforms: Vec<_> = image
            .image
            .platforms
            .iter()
            .map(|(p, _)| p.to_string())
            .collect();
        if !platforms.is_empty() {
            text.push_str(&format!("\n    {}", platforms.join(", ")));
        }
    }
    let json = json!({
        "release": intake.release,
        "created": intake.created,
        "dry_run": dry_run,
        "images": intake.images,
        "notices": intake.notices,
    });
    Ok(Done::new(text, json))
}
