//! OCI names, digests, descriptors and manifests, as the OCI image and distribution
//! specifications define them. No IO: bytes in, typed values out.

mod as_text;
mod content;
mod descriptor;
mod digest;
mod manifest;
pub mod media_types;
mod outline;
mod platform;
mod reference;
mod tag;

pub use content::{Content, Index, Manifest};
pub use descriptor::Descriptor;
pub use digest::{Digest, DigestError, Hasher};
pub use manifest::{Image, ImageConfig, MANIFEST_BYTES_MAX, ManifestError, RawManifest};
pub use outline::Outline;
pub use platform::{Platform, PlatformError};
pub use reference::{PinnedRef, Reference, ReferenceError, Repository};
pub use tag::{Tag, TagError};
