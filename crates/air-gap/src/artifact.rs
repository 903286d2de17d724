//! The artifact with what the ledger says, as a manifest that refers to an image.

use liftlock_ledger::{Continuation, ProofFile};
use liftlock_oci::{Descriptor, Manifest, ManifestError, RawManifest, media_types as oci};

use crate::Document;
use crate::media_types::{CONTINUATION, PROOF, RELEASE, TITLE};

/// The configuration of an artifact that has none.
pub(crate) const EMPTY: &[u8] = b"{}";

/// The layers of the artifact, each with its bytes; the document first.
pub(crate) fn layers(
    document: &Document,
    entries: &[ProofFile],
    continued: &[Continuation],
) -> Vec<(Descriptor, Vec<u8>)> {
    let release = (RELEASE, "release.json".to_owned(), document.to_bytes());
    let entries = entries.iter().map(|proof| {
        let title = format!("entry-{}.tlog-proof", proof.index());
        (PROOF, title, proof.to_string().into_bytes())
    });
    let continued = continued.iter().map(|continuation| {
        let title = format!("from-{}.continuation", continuation.from());
        (CONTINUATION, title, continuation.to_string().into_bytes())
    });
    let all = std::iter::once(release).chain(entries).chain(continued);
    all.map(|(media_type, title, bytes)| {
        let mut layer = Descriptor::of(media_type, &bytes);
        layer.annotations.insert(TITLE.to_owned(), title);
        (layer, bytes)
    })
    .collect()
}

/// The manifest of these layers that refers to `image`.
pub(crate) fn manifest(
    image: Descriptor,
    layers: Vec<Descriptor>,
) -> Result<RawManifest, ManifestError> {
    let mut manifest = Manifest::new(Descriptor::of(oci::OCI_EMPTY, EMPTY), layers);
    manifest.artifact_type = Some(RELEASE.to_owned());
    manifest.subject = Some(image);
    // A struct of texts and numbers always has a JSON form.
    let bytes = serde_json::to_vec(&manifest).unwrap_or_default();
    RawManifest::new(bytes, oci::OCI_MANIFEST, None)
}
