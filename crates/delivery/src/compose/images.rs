//! What docker says about images.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_engine::ports::DeliveryError;
use liftlock_oci::{PinnedRef, Reference};

use crate::output::Bounded;
use crate::session::Session;

/// Pulls each image that is not there yet. Compose 1.x pulls itself, but not for a service
/// that could also be built.
///
/// # Errors
/// Those of docker.
pub(super) async fn fetch(
    session: &Session,
    pinned: &BTreeMap<String, PinnedRef>,
    output: &mut Bounded,
) -> Result<(), DeliveryError> {
    for image in pinned.values().collect::<BTreeSet<_>>() {
        let reference = image.to_string();
        if pins(session, &reference).await?.is_none() {
            let pull = ["docker", "pull", "--quiet", &reference].map(str::to_owned);
            output.push(&session.run("docker pull", &pull).await?);
        }
    }
    Ok(())
}

/// The repositories and digests under which docker got an image, or nothing where it has no
/// such image.
///
/// # Errors
/// Those of docker, and [`DeliveryError::Answer`] for an answer that makes no sense.
pub(super) async fn pins(
    session: &Session,
    image: &str,
) -> Result<Option<Vec<PinnedRef>>, DeliveryError> {
    let inspect = [
        "docker",
        "image",
        "inspect",
        "--format",
        "{{json .RepoDigests}}",
        image,
    ];
    match session
        .answer("docker image inspect", &inspect.map(str::to_owned))
        .await
    {
        Ok(answer) => parse(&answer).map(Some),
        Err(DeliveryError::Failed { output, .. }) if is_absent(&output) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_absent(output: &[u8]) -> bool {
    String::from_utf8_lossy(output)
        .to_lowercase()
        .contains("no such image")
}

fn parse(answer: &str) -> Result<Vec<PinnedRef>, DeliveryError> {
    let nonsense = |message: String| DeliveryError::Answer {
        what: "docker's answer about an image".to_owned(),
        message,
    };
    // An image that was only built here has none: null, or an empty list.
    let references: Option<Vec<String>> =
        serde_json::from_str(answer).map_err(|e| nonsense(e.to_string()))?;
    let mut pins = Vec::new();
    for text in references.unwrap_or_default() {
        // Docker calls the digest of an image without a name `<none>@sha256:...`.
        let Ok(Reference {
            repository,
            digest: Some(digest),
            ..
        }) = text.parse()
        else {
            continue;
        };
        pins.push(repository.pinned(digest));
    }
    Ok(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_docker_writes_them() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let answer = format!(
            r#"["alpine@sha256:{hex}","127.0.0.1:5000/a@sha256:{hex}","<none>@sha256:{hex}"]"#
        );
        let pins: Vec<String> = parse(&answer)
            .unwrap()
            .iter()
            .map(PinnedRef::to_string)
            .collect();
        assert_eq!(
            pins,
            [
                format!("docker.io/library/alpine@sha256:{hex}"),
                format!("127.0.0.1:5000/a@sha256:{hex}")
            ]
        );
        assert!(parse("null\n").unwrap().is_empty());
        assert!(parse("[]\n").unwrap().is_empty());
        assert!(parse("nothing").is_err());
        assert!(is_absent(
            b"Error response from daemon: No such image: x:latest\n"
        ));
        assert!(!is_absent(b"Cannot connect to the Docker daemon\n"));
    }
}
