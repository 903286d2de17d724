//! Package URLs of images (package-url, type `oci`).

use liftlock_oci::PinnedRef;

/// `pkg:oci/NAME@sha256%3A...?repository_url=HOST/PATH`.
pub(super) fn purl(image: &PinnedRef) -> String {
    let path = image.repository.path();
    let name = path.rsplit('/').next().unwrap_or(path);
    let version = image.digest.to_string().replace(':', "%3A");
    let host = image.repository.host();
    format!("pkg:oci/{name}@{version}?repository_url={host}/{path}")
}
