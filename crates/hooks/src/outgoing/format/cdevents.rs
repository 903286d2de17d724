//! CDEvents 0.5.1: what a message is in its vocabulary, and our own words (`dev.cdeventsx`) for
//! what it has none for. The whole message is in `customData`.

use liftlock_core::evidence::Finding;
use liftlock_core::promotion::Outcome;
use serde_json::{Value, json};

use super::Source;
use super::cloud_events::CloudEvent;
use super::headline::headline;
use super::purl::purl;
use crate::outgoing::{Kind, Message};

/// The specification's version.
const SPECIFICATION: &str = "0.5.1";
/// The version of our own events.
const OWN_VERSION: &str = "0.1.0";

/// One event of a message.
struct Part {
    kind: String,
    subject: String,
    content: Value,
}

/// The events that a message comes to; never none.
pub(super) fn events(message: &Message, source: &Source) -> Vec<CloudEvent> {
    let data = json!(message);
    let from = source.pipeline(message);
    let parts = parts(message, &from);
    let whole = |(place, part): (usize, Part)| {
        // One entry may be several events; each keeps its number.
        let id = match place {
            0 => format!("msg_{}", message.seq),
            place => format!("msg_{}_{place}", message.seq),
        };
        let time = message.time.to_string();
        let data = json!({
            "context": {
                "specversion": SPECIFICATION,
                "id": id,
                "source": from,
                "type": part.kind,
                "timestamp": time,
            },
            "subject": { "id": part.subject, "content": part.content },
            "customData": data,
            "customDataContentType": "application/json",
        });
        CloudEvent {
            id,
            source: from.clone(),
            kind: part.kind,
            subject: part.subject,
            time,
            data,
        }
    };
    parts.into_iter().enumerate().map(whole).collect()
}

fn parts(message: &Message, from: &str) -> Vec<Part> {
    match message.kind {
        Kind::PromotionRequested => vec![run(message, from, "queued", json!({}))],
        Kind::PromotionCommitted => vec![run(message, from, "started", json!({}))],
        Kind::PromotionEnded => ended(message, from),
        Kind::ReleaseCreated => published(message),
        Kind::EvidenceAdded => vec![tested(message).unwrap_or_else(|| own(message))],
        Kind::IncidentOpened => vec![incident(message, "detected")],
        Kind::IncidentResolved => vec![incident(message, "resolved")],
        _ => vec![own(message)],
    }
}

fn standard(kind: &str, subject: String, content: Value) -> Part {
    Part {
        kind: format!("dev.cdevents.{kind}.0.3.0"),
        subject,
        content,
    }
}

/// A promotion is a run of the pipeline.
fn run(message: &Message, from: &str, predicate: &str, mut content: Value) -> Part {
    let id = message
        .promotion
        .map(|id| id.to_string())
        .unwrap_or_default();
    content["pipelineName"] = json!(message.pipeline);
    content["uri"] = json!(format!("{from}/promotions/{id}"));
    standard(&format!("pipelinerun.{predicate}"), id, content)
}

/// The end of the run, and what became of the services or, where nothing is deployed, of the
/// environment.
fn ended(message: &Message, from: &str) -> Vec<Part> {
    let outcome = match &message.outcome {
        Some(Outcome::Succeeded) => "success",
        Some(Outcome::Failed { .. } | Outcome::RolledBack { .. }) => "failure",
        Some(Outcome::NothingToReturnTo { .. }) | None => "error",
        Some(
            Outcome::Rejected { .. }
            | Outcome::Cancelled { .. }
            | Outcome::Superseded { .. }
            | Outcome::Expired,
        ) => "cancel",
    };
    let mut content = json!({ "outcome": outcome });
    if let Some(reason) = &message.reason {
        content["errors"] = json!(reason);
    }
    let mut parts = vec![run(message, from, "finished", content)];
    if let (Some(Outcome::Succeeded), Some(environment)) = (&message.outcome, &message.environment)
    {
        if message.deploys {
            parts.extend(services(message));
        } else {
            let content = json!({ "name": environment });
            parts.push(standard(
                "environment.modified",
                environment.to_string(),
                content,
            ));
        }
    }
    parts
}

fn services(message: &Message) -> impl Iterator<Item = Part> {
    let predicate = match (message.rollback, &message.before) {
        (true, _) => "rolledback",
        (false, Some(_)) => "upgraded",
        (false, None) => "deployed",
    };
    let there = environment(message);
    let removed = there.clone();
    let subject = |key: &dyn std::fmt::Display| format!("{}/{key}", place(message));
    let changed = message.images.iter().map(move |(key, image)| {
        let content = json!({ "environment": there, "artifactId": purl(image) });
        standard(&format!("service.{predicate}"), subject(key), content)
    });
    let gone = message.removed.iter().map(move |key| {
        let content = json!({ "environment": removed });
        standard("service.removed", subject(key), content)
    });
    changed.chain(gone)
}

fn place(message: &Message) -> String {
    let named = message.environment.as_ref();
    named.map_or_else(|| message.pipeline.to_string(), ToString::to_string)
}

fn environment(message: &Message) -> Value {
    json!({ "id": place(message) })
}

/// Each image of a release is there for others to use.
fn published(message: &Message) -> Vec<Part> {
    let user = &message.actor.identity;
    let part = |image| standard("artifact.published", purl(image), json!({ "user": user }));
    match message.images.is_empty() {
        true => vec![own(message)],
        false => message.images.values().map(part).collect(),
    }
}

/// Evidence that passed or failed is a finished run of tests. In which environment they ran is not
/// known here, and the vocabulary wants one.
fn tested(message: &Message) -> Option<Part> {
    let outcome = match message.finding? {
        Finding::Passed => "success",
        Finding::Failed => "failure",
    };
    let mut content = json!({ "outcome": outcome, "environment": { "id": "unknown" } });
    if let Some(gate) = message.gates.first() {
        content["testSuite"] = json!({ "id": gate, "name": gate });
    }
    Some(standard(
        "testsuiterun.finished",
        message.id.clone()?,
        content,
    ))
}

fn incident(message: &Message, predicate: &str) -> Part {
    let mut content = json!({
        "environment": environment(message),
        "description": message.reason.clone().unwrap_or_else(|| headline(message)),
    });
    let mut images = message.images.iter();
    // Only where there is one image is it known which one it is about.
    if let (Some((key, image)), None) = (images.next(), images.next()) {
        content["service"] = json!({ "id": format!("{}/{key}", place(message)) });
        content["artifactId"] = json!(purl(image));
    }
    let id = message.id.clone().unwrap_or_else(|| "incident".to_owned());
    standard(&format!("incident.{predicate}"), id, content)
}

/// What the vocabulary has no word for.
fn own(message: &Message) -> Part {
    let of = |value: Option<String>| value.filter(|value| !value.is_empty());
    let subject = of(message.promotion.map(|id| id.to_string()))
        .or(of(message.id.clone()))
        .or(of(message.release.as_ref().map(ToString::to_string)))
        .unwrap_or_else(|| place(message));
    Part {
        kind: format!("dev.cdeventsx.liftlock-{}.{OWN_VERSION}", message.kind),
        subject,
        content: json!({ "description": headline(message) }),
    }
}
