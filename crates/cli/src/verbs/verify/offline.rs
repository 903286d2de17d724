//! `liftlock verify --key`: from what is beside the image alone.

use std::path::PathBuf;

use jiff::Timestamp;
use liftlock_attest::predicates::{Checkpoint, Deployment, DeploymentKind, VerificationSummary};
use liftlock_attest::{Fingerprint, Predicate, PublicKey, ResourceUri, WhyNot};
use liftlock_core::EnvironmentName;
use liftlock_ledger::VerifierKey;
use liftlock_oci::Digest;
use liftlock_registry::ImageName;
use liftlock_registry::attestations::{Found, Types, Wanted, find};
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::{Value, json};

use super::proven::{Proven, proven};
use crate::context::Context;
use crate::keys::public_file;
use crate::verbs::image::{Source, attestations_failure, resolve};

/// How many reasons are shown; a JSON document has all of them.
pub(super) const REASONS_SHOWN_MAX: usize = 10;

/// What was found about one environment.
#[derive(Default)]
struct Stated {
    /// The latest statement that it was verified there.
    verified: Option<(Timestamp, Deployment, Fingerprint)>,
    /// Statements that it was admitted there: before anything was deployed.
    admitted: Vec<VerificationSummary>,
    /// What says it was verified somewhere else.
    elsewhere: Vec<String>,
    why_not: Vec<WhyNot>,
}

pub(super) async fn run(
    image: &ImageName,
    environment: &EnvironmentName,
    keys: &[PathBuf],
    log_key: Option<&VerifierKey>,
    context: &Context,
) -> Result<Done, Failure> {
    let source = Source::open(image, &context.registries())?;
    let keys = keys.iter().map(|path| public_file(path));
    let keys = keys.collect::<Result<Vec<PublicKey>, _>>()?;
    let keys: Vec<&PublicKey> = keys.iter().collect();
    let digest = resolve(&source).await?;
    let wanted = Wanted {
        types: Types::Only(&[Deployment::TYPE, VerificationSummary::TYPE]),
        signatures: false,
    };
    let found = find(&source.place, digest, &wanted)
        .await
        .map_err(attestations_failure)?;
    let mut stated = Stated::default();
    for found in &found {
        stated.add(found, &keys, &digest, environment);
    }
    let proven = match &stated.verified {
        Some((_, deployment, _)) => {
            Some(proven(&source, (digest, environment), deployment, log_key).await?)
        }
        None => None,
    };
    let (exit, text) = answer(&stated, proven.as_ref(), digest, environment);
    let mut json = json!({
        "image": source.to_string(),
        "digest": digest,
        "environment": environment,
        "verified": exit == Exit::Done,
        "answer": text.lines().next(),
        "offline": true,
        "not_accepted": stated.why_not.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Some((_, deployment, key)) = &stated.verified {
        json["signed_by"] = json!(key);
        json["statement"] = serde_json::to_value(deployment).unwrap_or(Value::Null);
        json["as_of"] = as_of(deployment, proven.as_ref()).map_or(
            Value::Null,
            |known| json!({ "origin": known.origin, "size": known.size, "root": known.root }),
        );
        json["proof"] = proven.as_ref().map_or(Value::Null, Proven::json);
    }
    Ok(Done::new(text, json).exit(exit))
}

impl Stated {
    fn add(
        &mut self,
        found: &Found,
        keys: &[&PublicKey],
        digest: &Digest,
        environment: &EnvironmentName,
    ) {
        let verified = match found.verify(keys, digest, Deployment::TYPE) {
            Err(WhyNot::OtherPredicateType { .. }) => {
                return self.add_summary(found, keys, digest, environment);
            }
            Err(why) => return self.refuse(why),
            Ok(verified) => verified,
        };
        let deployment = match verified.statement().predicate::<Deployment>() {
            Ok(deployment) => deployment,
            Err(error) => return self.refuse(unreadable(&error)),
        };
        let Ok(at) = deployment.verified_on.parse::<Timestamp>() else {
            return self.refuse(unreadable(&"verifiedOn is no time"));
        };
        if deployment.resource_uri.environment != environment.as_str() {
            self.elsewhere.push(deployment.resource_uri.environment);
        } else if self
            .verified
            .as_ref()
            .is_none_or(|(latest, ..)| *latest < at)
        {
            self.verified = Some((at, deployment, verified.key()));
        }
    }

    fn add_summary(
        &mut self,
        found: &Found,
        keys: &[&PublicKey],
        digest: &Digest,
        environment: &EnvironmentName,
    ) {
        let verified = match found.verify(keys, digest, VerificationSummary::TYPE) {
            Ok(verified) => verified,
            Err(why) => return self.refuse(why),
        };
        let summary = match verified.statement().predicate::<VerificationSummary>() {
            Ok(summary) => summary,
            Err(error) => return self.refuse(unreadable(&error)),
        };
        let resource = summary.resource_uri.parse::<ResourceUri>();
        let is_here = resource.is_ok_and(|r| r.environment == environment.as_str());
        if is_here && summary.has_passed() {
            self.admitted.push(summary);
        }
    }

    /// The same statement is there in two forms, and fails for one reason.
    fn refuse(&mut self, why: WhyNot) {
        if !self.why_not.contains(&why) {
            self.why_not.push(why);
        }
    }
}

fn unreadable(problem: &impl ToString) -> WhyNot {
    WhyNot::Unreadable {
        what: "what it states",
        problem: problem.to_string(),
    }
}

fn answer(
    stated: &Stated,
    proven: Option<&Proven>,
    digest: Digest,
    environment: &EnvironmentName,
) -> (Exit, String) {
    if let Some((_, deployment, key)) = &stated.verified {
        let exit = proven.map_or(Exit::Done, Proven::exit);
        let text = account((deployment, *key), proven, digest, environment);
        return (exit, text);
    }
    let altered = stated
        .why_not
        .iter()
        .any(|why| matches!(why, WhyNot::Altered { .. }));
    let mut lines = vec![match stated.admitted.first() {
        Some(summary) => format!(
            "{digest} was admitted to {environment} at {}, and nothing says that it was verified \
             there",
            summary.time_verified
        ),
        None => format!(
            "nothing beside {digest} that is signed with the key given says that it was verified \
             in {environment}"
        ),
    }];
    let mut elsewhere = stated.elsewhere.clone();
    elsewhere.sort();
    elsewhere.dedup();
    if !elsewhere.is_empty() {
        lines.push(format!("verified in: {}", elsewhere.join(", ")));
    }
    let reasons = stated.why_not.iter().take(REASONS_SHOWN_MAX);
    lines.extend(reasons.map(|why| format!("not accepted: {why}")));
    let more = stated.why_not.len().saturating_sub(REASONS_SHOWN_MAX);
    if more > 0 {
        lines.push(format!("and {more} more that were not accepted"));
    }
    let exit = if altered {
        Exit::Mismatch
    } else {
        Exit::Refused
    };
    (exit, lines.join("\n"))
}

/// What was checked, and what cannot be known from here.
fn account(
    (deployment, key): (&Deployment, Fingerprint),
    proven: Option<&Proven>,
    digest: Digest,
    environment: &EnvironmentName,
) -> String {
    let Deployment {
        release, promotion, ..
    } = deployment;
    let way = match deployment.kind {
        DeploymentKind::Promotion => "",
        DeploymentKind::Rollback => " (a rollback)",
    };
    let pipeline = &deployment.resource_uri.pipeline;
    let mut lines = vec![
        format!("{digest} is {release}, verified in {environment} by {promotion}{way}"),
        format!("pipeline {pipeline}, at {}", deployment.verified_on),
        format!("checked: signature by {key}, image, kind of statement, environment"),
    ];
    if !deployment.requester.authenticated {
        lines.push("identities are claimed: who asked for it is not proven".to_owned());
    }
    lines.extend(proven.iter().flat_map(|proven| proven.lines(promotion)));
    lines.push(match as_of(deployment, proven) {
        Some(checkpoint) => format!(
            "as of checkpoint {} of {} (root {}); a later withdrawal is not known offline",
            checkpoint.size, checkpoint.origin, checkpoint.root
        ),
        None => format!(
            "as of {}; a later withdrawal is not known offline",
            deployment.verified_on
        ),
    });
    lines.join("\n")
}

/// The last that is known of the ledger: where an entry is proven, or where the statement says that
/// it was.
fn as_of(deployment: &Deployment, proven: Option<&Proven>) -> Option<Checkpoint> {
    let proven = proven.and_then(|proven| proven.checkpoint.as_ref());
    let proven = proven.map(|proven| Checkpoint {
        origin: proven.origin().to_owned(),
        size: proven.size().to_string(),
        root: proven.root().to_string(),
    });
    proven.or_else(|| deployment.checkpoint.clone())
}
