//! Manifests and indexes: the first byte chooses the media type, the rest is the document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_oci::{Content, Digest, ManifestError, RawManifest, media_types};

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let media_type = match choice {
        b'i' => media_types::OCI_INDEX,
        b'm' => media_types::OCI_MANIFEST,
        b'I' => media_types::DOCKER_INDEX,
        b'M' => media_types::DOCKER_MANIFEST,
        _ => "application/json",
    };
    let raw = RawManifest::new(bytes.to_vec(), media_type, None).expect("within the limit");
    check_bytes(&raw, bytes);
    let Ok(content) = raw.parse() else {
        return;
    };
    let again = match &content {
        Content::Index(index) => serde_json::to_vec(index),
        Content::Manifest(manifest) => serde_json::to_vec(manifest),
    };
    let again = RawManifest::new(again.expect("JSON"), media_type, None).expect("shorter");
    assert_eq!(again.parse().expect("read again"), content);

    let referrer = raw.referrer_descriptor().expect("read once already");
    assert_eq!(
        (referrer.digest, referrer.size),
        (raw.digest(), bytes.len() as u64)
    );
    assert_eq!(&referrer.annotations, content.annotations());
});

/// The bytes stay as they came, and the digest is theirs whatever was expected.
fn check_bytes(raw: &RawManifest, bytes: &[u8]) {
    assert_eq!(raw.bytes(), bytes);
    assert_eq!(raw.digest(), Digest::of(bytes));
    assert_eq!(raw.descriptor().size, bytes.len() as u64);
    let shown = raw.digest().to_string();
    assert_eq!(shown.parse::<Digest>(), Ok(raw.digest()));
    let with = |expected| RawManifest::new(bytes.to_vec(), raw.media_type(), Some(expected));
    assert_eq!(with(raw.digest()).expect("its own digest"), *raw);
    let mut other = *raw.digest().as_bytes();
    other[31] ^= 1;
    let refused = with(Digest::from_bytes(other));
    assert!(matches!(refused, Err(ManifestError::Digest { .. })));
}
