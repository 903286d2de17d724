//! The few things of an image's configuration that people look for (OCI image specification,
//! "Image Configuration"). Its environment is not shown: it may hold what should not be seen.

use std::collections::BTreeMap;

use liftlock_oci::Descriptor;
use liftlock_registry::Place;
use liftlock_verbs::Failure;
use serde::{Deserialize, Serialize};

use crate::verbs::image::failure::place_failure;

/// The largest configuration that is read, in bytes.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// The most labels that are shown; a JSON document has all.
const LABELS_MAX: usize = 30;

/// The longest value that is shown, in characters.
const VALUE_CHARS_MAX: usize = 120;

/// What is shown of a configuration.
#[derive(Debug, Serialize)]
pub(super) struct Config {
    platform: Option<String>,
    created: Option<String>,
    user: Option<String>,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    labels: BTreeMap<String, String>,
}

/// A configuration as it is written; nothing in it must be there.
#[derive(Debug, Deserialize)]
struct Written {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    created: Option<String>,
    config: Option<Run>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Run {
    user: Option<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
}

/// Reads a configuration; `None` where it is too large, or is not an image's.
pub(super) async fn read(place: &Place, config: &Descriptor) -> Result<Option<Config>, Failure> {
    if config.size > CONFIG_BYTES_MAX {
        return Ok(None);
    }
    let reader = place.open_blob(config).await.map_err(place_failure)?;
    let bytes = reader.into_bytes().await.map_err(place_failure)?;
    Ok(serde_json::from_slice(&bytes).ok().map(Config::of))
}

impl Config {
    fn of(written: Written) -> Self {
        let run = written.config.unwrap_or_default();
        let platform = written.os.zip(written.architecture);
        let variant = written.variant.map(|variant| format!("/{variant}"));
        let variant = variant.unwrap_or_default();
        Self {
            platform: platform.map(|(os, architecture)| format!("{os}/{architecture}{variant}")),
            created: written.created,
            user: run.user.filter(|user| !user.is_empty()),
            entrypoint: run.entrypoint.unwrap_or_default(),
            cmd: run.cmd.unwrap_or_default(),
            labels: run.labels.unwrap_or_default(),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let words = |words: &[String]| {
            let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            (!words.is_empty()).then(|| words.join(" "))
        };
        let fields = [
            ("platform", self.platform.clone()),
            ("created", self.created.clone()),
            ("user", self.user.clone()),
            ("entrypoint", words(&self.entrypoint)),
            ("command", words(&self.cmd)),
        ];
        let known = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut lines: Vec<String> = known
            .map(|(name, value)| format!("  {name:<10}  {}", shortened(&value)))
            .collect();
        if !self.labels.is_empty() {
            lines.push("  labels".to_owned());
        }
        let labels = self.labels.iter().take(LABELS_MAX);
        lines.extend(labels.map(|(k, v)| format!("    {} = {}", shortened(k), shortened(v))));
        let more = self.labels.len().saturating_sub(LABELS_MAX);
        if more > 0 {
            lines.push(format!("    and {more} more"));
        }
        lines
    }
}

/// One line, of bounded length.
fn shortened(value: &str) -> String {
    let mut short: String = value
        .chars()
        .take(VALUE_CHARS_MAX)
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    if value.chars().nth(VALUE_CHARS_MAX).is_some() {
        short.push_str("...");
    }
    short
}
