//! Which digests run.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{ImageKey, Span};
use liftlock_engine::ports::{DeliveryContext, DeliveryError};
use liftlock_oci::{Digest, PinnedRef, Reference};

use super::containers::Container;
use super::tool::Tool;
use super::{Project, arguments, containers, images, tool};
use crate::local::LocalDelivery;
use crate::session::Session;

/// How long looking may take in all.
const LOOK_WITHIN: Span = Span::from_secs(120);

/// The digests that the managed services' containers run, over all services of an image. An
/// image of which nothing runs has an empty set; one whose containers cannot all be told is
/// left out.
///
/// # Errors
/// Those of compose and docker.
pub(crate) async fn running(
    local: &LocalDelivery,
    context: &DeliveryContext,
    project: Project<'_>,
) -> Result<BTreeMap<ImageKey, BTreeSet<Digest>>, DeliveryError> {
    let pinned = project.pinned(context)?;
    let session = Session::look(local, context, LOOK_WITHIN)?;
    let tool = tool::find(&session).await?;
    let mut told = BTreeMap::<ImageKey, BTreeSet<Digest>>::new();
    let mut untold = BTreeSet::new();
    for (service, image) in &pinned {
        let Some(key) = project.services.get(service) else {
            continue;
        };
        match service_digests(&session, &tool, project, service, image).await? {
            Some(digests) => told.entry(key.clone()).or_default().extend(digests),
            None => {
                untold.insert(key);
            }
        }
    }
    told.retain(|key, _| !untold.contains(key));
    Ok(told)
}

async fn service_digests(
    session: &Session,
    tool: &Tool,
    project: Project<'_>,
    service: &str,
    pinned: &PinnedRef,
) -> Result<Option<BTreeSet<Digest>>, DeliveryError> {
    let list = arguments::containers(tool, project, Some(service));
    let ids = session.answer(tool.name(), &list).await?;
    let mut digests = BTreeSet::new();
    for container in containers::inspect(session, &ids).await? {
        if !container.state.runs() {
            continue;
        }
        // Asked by the container's image id, docker lists each reference that leads to that
        // id: a digest in the list is one whose image is the container's.
        let pins = images::pins(session, &container.image)
            .await?
            .unwrap_or_default();
        match digest(&container, &pins, pinned) {
            Some(digest) => digests.insert(digest),
            None => return Ok(None),
        };
    }
    Ok(Some(digests))
}

/// The digest that a container runs: the one it was asked for with, if its image has that;
/// else the pinned one, if its image has that; else the only one its image has.
fn digest(container: &Container, pins: &[PinnedRef], pinned: &PinnedRef) -> Option<Digest> {
    let here: BTreeSet<Digest> = pins
        .iter()
        .filter(|pin| pin.repository == pinned.repository)
        .map(|pin| pin.digest)
        .collect();
    // A digest from another repository is the truth too, where the service runs something else.
    let digests = if here.is_empty() {
        pins.iter().map(|pin| pin.digest).collect()
    } else {
        here
    };
    let asked = container
        .reference
        .parse::<Reference>()
        .ok()
        .and_then(|r| r.digest);
    [asked, Some(pinned.digest)]
        .into_iter()
        .flatten()
        .find(|digest| digests.contains(digest))
        .or_else(|| digests.first().filter(|_| digests.len() == 1).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(repository: &str, content: &str) -> PinnedRef {
        let repository: liftlock_oci::Repository = repository.parse().unwrap();
        repository.pinned(Digest::of(content.as_bytes()))
    }

    fn container(reference: &str) -> Container {
        serde_json::from_value(serde_json::json!({
            "name": "/web_1", "image": "sha256:ab", "reference": reference,
            "state": {"Status": "running", "Running": true, "ExitCode": 0},
        }))
        .unwrap()
    }

    #[test]
    fn the_digest_asked_for_counts_only_if_the_image_has_it() {
        let (new, old) = (
            pin("r.example.com/api", "new"),
            pin("r.example.com/api", "old"),
        );
        let asked_new = container(&new.to_string());
        assert_eq!(
            digest(&asked_new, &[new.clone(), old.clone()], &new),
            Some(new.digest)
        );
        // The label says new, the image is another.
        assert_eq!(
            digest(&asked_new, std::slice::from_ref(&old), &new),
            Some(old.digest)
        );
        let asked_old = container(&old.to_string());
        assert_eq!(
            digest(&asked_old, &[new.clone(), old.clone()], &new),
            Some(old.digest)
        );
    }

    #[test]
    fn a_tag_is_told_by_its_image() {
        let (new, old) = (
            pin("r.example.com/api", "new"),
            pin("r.example.com/api", "old"),
        );
        let third = pin("r.example.com/api", "third");
        let other = pin("nginx", "nginx");
        let tagged = container("r.example.com/api:v1");
        assert_eq!(
            digest(&tagged, &[old.clone(), new.clone()], &new),
            Some(new.digest)
        );
        assert_eq!(
            digest(&tagged, &[old.clone(), other.clone()], &new),
            Some(old.digest)
        );
        assert_eq!(
            digest(&tagged, std::slice::from_ref(&other), &new),
            Some(other.digest)
        );
        assert_eq!(digest(&tagged, &[old, third], &new), None);
        assert_eq!(digest(&tagged, &[], &new), None);
    }
}
