//! Which compose there is on this machine.

use liftlock_engine::ports::DeliveryError;

use crate::session::Session;

/// The two families of compose, which differ in options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// `docker-compose` 1.x, which cannot wait for health.
    V1,
    /// Compose 2 and later.
    V2,
}

/// A compose that works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tool {
    words: &'static [&'static str],
    generation: Generation,
}

const PLUGIN: &[&str] = &["docker", "compose"];
const STANDALONE: &[&str] = &["docker-compose"];

impl Tool {
    /// What errors call it.
    pub(super) fn name(&self) -> &'static str {
        if self.words == PLUGIN {
            "docker compose"
        } else {
            "docker-compose"
        }
    }

    /// Its family.
    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    /// The words a command line starts with.
    pub(super) fn words(&self) -> Vec<String> {
        self.words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[cfg(test)]
    pub(super) fn plugin() -> Self {
        Self {
            words: PLUGIN,
            generation: Generation::V2,
        }
    }

    #[cfg(test)]
    pub(super) fn standalone(generation: Generation) -> Self {
        Self {
            words: STANDALONE,
            generation,
        }
    }
}

/// Finds `docker compose`, or else `docker-compose`.
///
/// # Errors
/// [`DeliveryError::Answer`] where neither works, with why of each.
pub(super) async fn find(session: &Session) -> Result<Tool, DeliveryError> {
    let plugin = match probe(session, PLUGIN).await {
        Ok(tool) => return Ok(tool),
        Err(error) => error,
    };
    let standalone = match probe(session, STANDALONE).await {
        Ok(tool) => return Ok(tool),
        Err(error) => error,
    };
    Err(DeliveryError::Answer {
        what: "deploy with compose".to_owned(),
        message: format!(
            "neither `docker compose` nor `docker-compose` works here; install one of them ({plugin}; {standalone})"
        ),
    })
}

async fn probe(session: &Session, words: &'static [&'static str]) -> Result<Tool, DeliveryError> {
    let name = words.join(" ");
    let mut arguments: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    arguments.extend(["version", "--short"].map(str::to_owned));
    let version = session.answer(&name, &arguments).await?;
    let generation = generation(&version).ok_or_else(|| DeliveryError::Answer {
        what: format!("the version of {name}"),
        message: format!(
            "{:?} is none",
            version.trim().chars().take(40).collect::<String>()
        ),
    })?;
    Ok(Tool { words, generation })
}

/// The family of `1.29.2`, `v2.17.3` or `2.39.4-desktop.1`.
fn generation(version: &str) -> Option<Generation> {
    let version = version.trim();
    let (major, _) = version
        .strip_prefix('v')
        .unwrap_or(version)
        .split_once('.')?;
    match major.parse::<u32>().ok()? {
        0 => None,
        1 => Some(Generation::V1),
        _ => Some(Generation::V2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_the_family() {
        assert_eq!(generation("1.29.2\n"), Some(Generation::V1));
        assert_eq!(generation("v2.17.3"), Some(Generation::V2));
        assert_eq!(generation("2.39.4-desktop.1\n"), Some(Generation::V2));
        assert_eq!(generation("5.0.1"), Some(Generation::V2));
        for bad in ["", "docker", "0.1", "x.y"] {
            assert_eq!(generation(bad), None, "{bad}");
        }
    }
}
