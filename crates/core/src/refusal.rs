//! Refusals: why a command changes nothing.

use liftlock_oci::{Digest, Repository};

use crate::freeze::Scope;
use crate::policy::Verb;
use crate::verdict::Verdict;
use crate::{
    Actor, EnvironmentName, EvidenceId, GateName, ImageKey, KeyName, Label, Policy, PromotionId,
    ReleaseName, Time,
};

/// Whose fault a refusal is, and with it the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was typed names or means nothing: 2.
    Input,
    /// A rule says no: 3.
    Rule,
    /// The world is not as it must be: 1.
    World,
    /// It will be possible later: 4.
    Wait,
}

/// Why a command was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No policy is in force.
    #[error("no policy is adopted in this state; run `liftlock policy apply`")]
    NoPolicy,
    /// The policy is invalid.
    #[error("the policy is invalid: {0}")]
    Policy(String),
    /// A word that stands for nothing.
    #[error("{what} {name:?} is not known; {known}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// The word.
        name: String,
        /// What is known instead.
        known: String,
    },
    /// A value that cannot be taken.
    #[error("{what} {message}")]
    Invalid {
        /// Which value.
        what: String,
        /// What is wrong with it.
        message: String,
    },
    /// The clock is behind what is recorded.
    #[error(
        "the clock says {now:#}, more than five minutes before the last recorded event ({last:#}); set the clock"
    )]
    Clock {
        /// The clock.
        now: Time,
        /// The last event's time.
        last: Time,
    },
    /// Not permitted.
    #[error("{actor} may not {what}; {who}")]
    NotAllowed {
        /// Who asked.
        actor: Actor,
        /// For what.
        what: String,
        /// Who may.
        who: String,
    },
    /// A release of that name pins other digests.
    #[error(
        "the release {release} exists with other digests ({there}); a release never changes, choose another name"
    )]
    ReleaseExists {
        /// The name.
        release: ReleaseName,
        /// What it pins.
        there: String,
    },
    /// The image is not where the pipeline's image lives.
    #[error("{found} is not a repository of this pipeline; {key} lives in {expected}")]
    OtherRepository {
        /// What was given.
        found: Repository,
        /// The image.
        key: ImageKey,
        /// Where it lives.
        expected: Repository,
    },
    /// The image is where an environment has its images, and not where they are built.
    #[error(
        "{found} is a repository of the environment {environment}; a release is made of {key} in {expected}"
    )]
    EnvironmentRepository {
        /// What was given.
        found: Repository,
        /// Whose it is.
        environment: EnvironmentName,
        /// The image.
        key: ImageKey,
        /// Where it lives.
        expected: Box<Repository>,
    },
    /// The release does not pin what the policy now asks for.
    #[error(
        "{release} pins the images {}, but the pipeline has {}; create a release with all of them",
        join(has),
        join(wants)
    )]
    OtherImages {
        /// The release.
        release: ReleaseName,
        /// What it pins.
        has: Vec<ImageKey>,
        /// What the pipeline has.
        wants: Vec<ImageKey>,
    },
    /// A release of before the pipeline had an image cannot be returned to.
    #[error(
        "{release} is of before the pipeline had {image}, and {by} in {environment} runs that image: nobody has decided from which digest it should; adopt a pipeline file in which it does not (`liftlock policy apply`), then roll back"
    )]
    ImageNotYet {
        /// The release.
        release: ReleaseName,
        /// Where it was to be brought back.
        environment: EnvironmentName,
        /// The image that it does not have.
        image: ImageKey,
        /// What of the deployment runs the image.
        by: String,
    },
    /// A report about something else.
    #[error("the report is about {found}, and {release} does not contain that")]
    OtherSubject {
        /// What it names.
        found: String,
        /// The release.
        release: ReleaseName,
    },
    /// The environment signs, and its private key cannot be used here.
    #[error("cannot sign with {key} for {environment}: {why}")]
    CannotSign {
        /// The key.
        key: KeyName,
        /// The environment.
        environment: EnvironmentName,
        /// Why not.
        why: String,
    },
    /// Older than what is there.
    #[error(
        "{release} was created before {current}, which is current in {environment}; say --older if that is meant"
    )]
    Older {
        /// The release.
        release: ReleaseName,
        /// The current one.
        current: ReleaseName,
        /// Where.
        environment: EnvironmentName,
    },
    /// The image is no longer in the registry.
    #[error("the image {image} is gone from the registry: {}", gone(*digest, places))]
    ImageGone {
        /// Which.
        image: ImageKey,
        /// Its digest.
        digest: Digest,
        /// Where it was looked for: where it was built, then where the environment has it.
        places: Vec<Repository>,
    },
    /// A tag that cannot be made.
    #[error("{environment} cannot be tagged for {image}: {message}")]
    Tag {
        /// The image.
        image: ImageKey,
        /// The environment.
        environment: EnvironmentName,
        /// Why.
        message: String,
    },
    /// A tag that is written once holds something else.
    #[error("{tag} is written once and holds {found}, so it cannot become {wanted}")]
    WriteOnce {
        /// The tag.
        tag: String,
        /// What it holds.
        found: Digest,
        /// What it should.
        wanted: Digest,
    },
    /// Something the decision needs was not looked at.
    #[error("{what} was not looked at; run the command again")]
    NotObserved {
        /// What.
        what: String,
    },
    /// Gates say no.
    #[error("{release} may not enter {environment}: {}", reasons(verdicts))]
    Blocked {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Every gate's verdict.
        verdicts: Vec<Verdict>,
    },
    /// Gates are not all there yet.
    #[error("{release} is waiting to enter {environment}: {}", reasons(verdicts))]
    NotYet {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Every gate's verdict.
        verdicts: Vec<Verdict>,
    },
    /// No promotion is open.
    #[error(
        "no promotion of {release} to {environment} is waiting; ask for one with `liftlock promote {release} --to {environment}`"
    )]
    NoPromotion {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
    },
    /// It is not in a state where that can be done.
    #[error("{promotion} ({release} to {environment}) {message}")]
    WrongStatus {
        /// Which.
        promotion: PromotionId,
        /// Its release.
        release: ReleaseName,
        /// Its environment.
        environment: EnvironmentName,
        /// What stands in the way.
        message: String,
    },
    /// Nothing to return to.
    #[error("{environment} has no known-good release to return to{but}")]
    NothingToReturnTo {
        /// Where.
        environment: EnvironmentName,
        /// What was asked for and is not known-good.
        but: String,
    },
    /// Another promotion is being carried out there.
    #[error(
        "a promotion is being carried out in {environment}; try again when it is done, or run `liftlock tick` if its process is gone"
    )]
    Busy {
        /// Where.
        environment: EnvironmentName,
    },
    /// Workers with a label carry it out, and nobody else.
    #[error("{environment} is carried out by workers with the label {label}, and not here")]
    Elsewhere {
        /// Where.
        environment: EnvironmentName,
        /// The label.
        label: Label,
    },
    /// Something else differs than what was seen.
    #[error(
        "{environment} has drifted further: {drift}; look at it with `liftlock drift {environment}`, and repair it then"
    )]
    DriftedFurther {
        /// Where.
        environment: EnvironmentName,
        /// What was not known.
        drift: String,
    },
    /// Nothing that could be unfrozen.
    #[error("there is no freeze of {scope}{}", in_force(others))]
    NotFrozen {
        /// What was to be unfrozen.
        scope: Scope,
        /// What is frozen instead.
        others: Vec<Scope>,
    },
    /// Already revoked.
    #[error("{0} is revoked already")]
    Revoked(EvidenceId),
    /// The person's approval is there already.
    #[error("{person} has approved {promotion} already")]
    Approved {
        /// Who.
        person: String,
        /// What.
        promotion: PromotionId,
    },
    /// No override that could be asked for, confirmed or reviewed.
    #[error("{message}")]
    NoOverride {
        /// Why.
        message: String,
    },
    /// No approval that could be given or taken back.
    #[error("{message}")]
    NoApproval {
        /// Why.
        message: String,
    },
}

impl Refusal {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoPolicy
            | Self::Policy(_)
            | Self::Unknown { .. }
            | Self::Invalid { .. }
            | Self::OtherRepository { .. }
            | Self::EnvironmentRepository { .. } => Fault::Input,
            Self::Clock { .. }
            | Self::ImageGone { .. }
            | Self::CannotSign { .. }
            | Self::NotObserved { .. }
            | Self::DriftedFurther { .. }
            | Self::NothingToReturnTo { .. } => Fault::World,
            Self::Busy { .. } | Self::Elsewhere { .. } | Self::NotYet { .. } => Fault::Wait,
            _ => Fault::Rule,
        }
    }

    pub(crate) fn unknown_environment(policy: &Policy, name: &EnvironmentName) -> Self {
        let known: Vec<_> = policy
            .environments
            .iter()
            .map(|e| e.name.as_str())
            .collect();
        Self::Unknown {
            what: "environment",
            name: name.to_string(),
            known: format!("this pipeline has {}", known.join(", ")),
        }
    }

    pub(crate) fn unknown_gate(name: &GateName, known: &[&str]) -> Self {
        let known = if known.is_empty() {
            "there is none".to_owned()
        } else {
            format!("known are {}", known.join(", "))
        };
        Self::Unknown {
            what: "gate",
            name: name.to_string(),
            known,
        }
    }

    pub(crate) fn not_allowed(policy: &Policy, verb: Verb, actor: &Actor) -> Self {
        Self::not_allowed_to(&verb.to_string(), policy, verb, actor)
    }

    /// For what belongs to a verb and has a name of its own.
    pub(crate) fn not_allowed_to(what: &str, policy: &Policy, verb: Verb, actor: &Actor) -> Self {
        Self::NotAllowed {
            actor: actor.clone(),
            what: what.to_owned(),
            who: who_may(policy, verb, actor),
        }
    }
}

fn who_may(policy: &Policy, verb: Verb, actor: &Actor) -> String {
    if !policy.counts(actor) {
        return "the pipeline file says `identity: authenticated`, and an identity from a state file is only claimed".to_owned();
    }
    let listed = policy.allow.get(&verb).unwrap_or(&policy.owners);
    let members: Vec<_> = policy.members(listed).into_iter().collect();
    format!("allowed are {}", members.join(", "))
}

fn in_force(others: &[Scope]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let others: Vec<_> = others
        .iter()
        .map(|scope| {
            format!(
                "{} frozen (`liftlock unfreeze {}`)",
                scope.is(),
                scope.argument()
            )
        })
        .collect();
    format!("; {}", others.join(", "))
}

fn gone(digest: Digest, places: &[Repository]) -> String {
    let Some((first, others)) = places.split_first() else {
        return format!("{digest} is not there any more");
    };
    let more: String = others
        .iter()
        .map(|place| format!(", nor in {place}"))
        .collect();
    format!("{first}@{digest} is not there any more{more}")
}

fn join(keys: &[ImageKey]) -> String {
    keys.iter()
        .map(ImageKey::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn reasons(verdicts: &[Verdict]) -> String {
    let open = verdicts
        .iter()
        .filter(|v| v.answer != crate::verdict::Answer::Passed);
    open.map(|v| format!("{}: {}", v.gate, v.reason))
        .collect::<Vec<_>>()
        .join("; ")
}
