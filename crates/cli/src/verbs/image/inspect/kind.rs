//! What kind of thing refers to an image, in a word.

use liftlock_oci::{Descriptor, Tag};

/// The annotation in which image builders say what a manifest of no platform is (BuildKit,
/// "Image attestation storage").
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// The annotation in which attestations say what they state (in-toto Statement, `predicateType`).
const PREDICATE_TYPES: [&str; 2] = ["in-toto.io/predicate-type", "predicateType"];

/// Parts of artifact types, and what such an artifact is.
const KINDS: [(&str, &str); 10] = [
    ("cosign.artifact.sbom", "SBOM"),
    ("cosign.artifact.sig", "signature"),
    ("cncf.notary.signature", "signature"),
    ("simplesigning", "signature"),
    ("sigstore.bundle", "sigstore bundle"),
    ("spdx", "SBOM"),
    ("cyclonedx", "SBOM"),
    ("syft", "SBOM"),
    ("in-toto", "attestation"),
    ("dsse", "attestation"),
];

/// What an artifact type stands for.
pub(super) fn of_artifact(artifact_type: Option<&str>) -> &'static str {
    let Some(artifact_type) = artifact_type else {
        return "referrer";
    };
    let known = KINDS.iter().find(|(part, _)| artifact_type.contains(part));
    known.map_or("referrer", |(_, kind)| kind)
}

/// What cosign keeps under a tag.
pub(super) fn of_tag(tag: &Tag) -> &'static str {
    match tag.as_str().rsplit_once('.') {
        Some((_, "sig")) => "signature",
        Some((_, "att")) => "attestation",
        Some((_, "sbom")) => "SBOM",
        _ => "companion",
    }
}

/// What an index lists: a platform's image, or what a builder says about one.
pub(super) fn of_child(child: &Descriptor) -> String {
    match &child.platform {
        Some(platform) if !platform.is_unknown() => platform.to_string(),
        _ if child.annotations.contains_key(REFERENCE_TYPE) => "attestation".to_owned(),
        _ => "manifest".to_owned(),
    }
}

/// What a layer of an attestation states.
pub(super) fn predicate(layer: &Descriptor) -> Option<&str> {
    let mut names = PREDICATE_TYPES.iter();
    names.find_map(|name| layer.annotations.get(*name).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifact_types_in_use_are_known() {
        for (artifact_type, kind) in [
            (
                "application/vnd.dev.cosign.artifact.sig.v1+json",
                "signature",
            ),
            ("application/vnd.dev.cosign.artifact.sbom.v1+json", "SBOM"),
            (
                "application/vnd.dev.sigstore.bundle.v0.3+json",
                "sigstore bundle",
            ),
            ("application/vnd.cncf.notary.signature", "signature"),
            ("application/spdx+json", "SBOM"),
            ("application/vnd.cyclonedx+json", "SBOM"),
            ("application/vnd.in-toto+json", "attestation"),
            ("application/vnd.example.thing", "referrer"),
        ] {
            assert_eq!(of_artifact(Some(artifact_type)), kind, "{artifact_type}");
        }
        assert_eq!(of_artifact(None), "referrer");
    }
}
