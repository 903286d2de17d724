//! What an agent hands in. It decides nothing: what is carried out, when, and what follows from how
//! it went is for the server that it works for. So of all commands there are three that it can say.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};
use serde::{Deserialize, Serialize};

use crate::decide::{Seen, StepResult};
use crate::observed::Observed;
use crate::{CheckName, Command, EnvironmentName, ImageKey, PromotionId, Refusal, State};

/// The most characters of a line that is handed in.
pub const HANDED_CHARS_MAX: usize = 8192;

/// The most things that are seen at once: tags, images, checks.
pub const HANDED_THINGS_MAX: usize = 2000;

/// One thing that an agent hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Handed {
    /// A step is about to be carried out.
    StepBegins {
        /// Of which promotion.
        promotion: PromotionId,
        /// Which, from 0.
        step: u32,
    },
    /// A step has ended.
    StepEnded {
        /// Of which promotion.
        promotion: PromotionId,
        /// Which, from 0.
        step: u32,
        /// Whether it was carried out.
        done: bool,
        /// One line.
        summary: String,
        /// What was printed, as a blob that was handed in before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Digest>,
        /// The checks that were stopped because of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stopped: Vec<u32>,
    },
    /// What was seen of the environment.
    Seen {
        /// Which.
        environment: EnvironmentName,
        /// The state's version before anything was looked at.
        from: u64,
        /// Whether something could not be looked at.
        partly: bool,
        /// Where tags point; nothing for one that is not there.
        tags: Vec<(Repository, Tag, Option<Digest>)>,
        /// Which images are there.
        present: Vec<(PinnedRef, bool)>,
        /// Which digests run, for each image that the deployer can tell about.
        running: BTreeMap<ImageKey, Vec<Digest>>,
        /// The checks that passed.
        passed: BTreeSet<CheckName>,
        /// The checks that failed, and why.
        failed: BTreeMap<CheckName, String>,
    },
}

impl Handed {
    /// A command as an agent hands it in; nothing for one that is not an agent's to say. Every
    /// other is the server's, or a person's.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::StartStep { promotion, step } => Some(Self::StepBegins {
                promotion: *promotion,
                step: *step,
            }),
            Command::EndStep {
                promotion,
                step,
                result,
                stopped,
            } => Some(Self::StepEnded {
                promotion: *promotion,
                step: *step,
                done: result.done,
                summary: result.summary.clone(),
                output: result.output,
                stopped: stopped.clone(),
            }),
            Command::NoteDrift { environment, seen } => {
                let tags = seen.observed.tags.iter();
                let present = seen.observed.present.iter();
                Some(Self::Seen {
                    environment: environment.clone(),
                    from: seen.from,
                    partly: seen.partly,
                    tags: tags
                        .map(|((place, tag), at)| (place.clone(), tag.clone(), *at))
                        .collect(),
                    present: present.map(|(image, is)| (image.clone(), *is)).collect(),
                    running: seen.observed.running.clone(),
                    passed: seen.passed.clone(),
                    failed: seen.failed.clone(),
                })
            }
            _ => None,
        }
    }

    /// The command that it is.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where something in it is too long, or too much.
    pub fn command(self) -> Result<Command, Refusal> {
        self.check()?;
        Ok(match self {
            Self::StepBegins { promotion, step } => Command::StartStep { promotion, step },
            Self::StepEnded {
                promotion,
                step,
                done,
                summary,
                output,
                stopped,
            } => Command::EndStep {
                promotion,
                step,
                result: StepResult {
                    done,
                    summary,
                    output,
                },
                stopped,
            },
            Self::Seen {
                environment,
                from,
                partly,
                tags,
                present,
                running,
                passed,
                failed,
            } => Command::NoteDrift {
                environment,
                seen: Seen {
                    from,
                    observed: Observed {
                        tags: tags
                            .into_iter()
                            .map(|(place, tag, at)| ((place, tag), at))
                            .collect(),
                        present: present.into_iter().collect(),
                        keys: BTreeMap::new(),
                        running,
                    },
                    partly,
                    passed,
                    failed,
                },
            },
        })
    }

    /// The environment that it is about, in a state.
    pub fn environment<'a>(&'a self, state: &'a State) -> Option<&'a EnvironmentName> {
        match self {
            Self::StepBegins { promotion, .. } | Self::StepEnded { promotion, .. } => {
                let promotion = state.promotions.get(promotion)?;
                Some(&promotion.request.environment)
            }
            Self::Seen { environment, .. } => Some(environment),
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        let (lines, things): (Vec<&String>, usize) = match self {
            Self::StepBegins { .. } => (Vec::new(), 0),
            Self::StepEnded {
                summary, stopped, ..
            } => (vec![summary], stopped.len()),
            Self::Seen {
                tags,
                present,
                running,
                passed,
                failed,
                ..
            } => {
                let running: usize = running.values().map(|digests| digests.len() + 1).sum();
                let seen = tags.len() + present.len() + running;
                (
                    failed.values().collect(),
                    seen + passed.len() + failed.len(),
                )
            }
        };
        if things > HANDED_THINGS_MAX {
            return Err(too("has more things", HANDED_THINGS_MAX));
        }
        let is_long = |line: &&&String| line.chars().count() > HANDED_CHARS_MAX;
        if lines.iter().any(|line| is_long(&line)) {
            return Err(too("has a line of more characters", HANDED_CHARS_MAX));
        }
        Ok(())
    }
}

fn too(message: &str, max: usize) -> Refusal {
    Refusal::Invalid {
        what: "what was handed in".to_owned(),
        message: format!("{message} than {max}"),
    }
}
