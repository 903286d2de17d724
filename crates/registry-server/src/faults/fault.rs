//! A fault: an action, and the requests it is for.

use super::{
    BodyFault, ConnectionFault, Filter, HeadFault, IgnoredFault, ImmutableTags, Kind,
    LocationFault, ManifestFault, ReferrersFault, StaleFault, StatusFault, UploadFault,
};

/// What goes wrong, by family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// An answer with a status of failure.
    Status(StatusFault),
    /// A connection that closes.
    Connection(ConnectionFault),
    /// A body that is not what was promised, or not in time.
    Body(BodyFault),
    /// A `Location` of an upload.
    Location(LocationFault),
    /// Headers that describe content wrongly.
    Head(HeadFault),
    /// Parts of requests that are passed over.
    Ignored(IgnoredFault),
    /// Manifests that are not given to everyone.
    Manifest(ManifestFault),
    /// Referrers that are not listed.
    Referrers(ReferrersFault),
    /// Reads that do not see the last write.
    Stale(StaleFault),
    /// Ways of uploading that are missing.
    Upload(UploadFault),
    /// Tags that cannot be moved.
    Immutable(ImmutableTags),
}

macro_rules! from_family {
    ($($family:ident($fault:ty)),* $(,)?) => {
        $(impl From<$fault> for Action {
            fn from(fault: $fault) -> Self {
                Self::$family(fault)
            }
        })*
    };
}

from_family!(
    Status(StatusFault),
    Connection(ConnectionFault),
    Body(BodyFault),
    Location(LocationFault),
    Head(HeadFault),
    Ignored(IgnoredFault),
    Manifest(ManifestFault),
    Referrers(ReferrersFault),
    Stale(StaleFault),
    Upload(UploadFault),
    Immutable(ImmutableTags),
);

impl Action {
    /// The name it has on a command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status(fault) => fault.name(),
            Self::Connection(fault) => fault.name(),
            Self::Body(fault) => fault.name(),
            Self::Location(fault) => fault.name(),
            Self::Head(fault) => fault.name(),
            Self::Ignored(fault) => fault.name(),
            Self::Manifest(fault) => fault.name(),
            Self::Referrers(fault) => fault.name(),
            Self::Stale(fault) => fault.name(),
            Self::Upload(fault) => fault.name(),
            Self::Immutable(_) => ImmutableTags::NAME,
        }
    }

    /// The requests it makes sense for.
    fn filter(&self) -> Filter {
        use Kind::{Blob, Manifest, Referrers, Upload};
        match self {
            Self::Status(_) | Self::Connection(_) => Filter::default(),
            Self::Body(_) => Filter::of(&[], &["GET"]),
            Self::Location(_) => Filter::of(&[Upload], &[]),
            Self::Head(_) => Filter::of(&[Manifest, Blob], &["HEAD"]),
            Self::Ignored(IgnoredFault::Range) => Filter::of(&[Blob], &["GET"]),
            Self::Ignored(IgnoredFault::Tags) => Filter::of(&[Manifest], &["PUT"]),
            Self::Manifest(_) => Filter::of(&[Manifest], &["GET", "HEAD"]),
            Self::Referrers(ReferrersFault::NoApi { .. }) => {
                Filter::of(&[Referrers, Manifest], &["GET", "PUT"])
            }
            Self::Referrers(_) | Self::Immutable(_) => Filter::of(&[Manifest], &["PUT"]),
            Self::Stale(_) => Filter::of(&[Manifest], &["PUT", "DELETE"]),
            Self::Upload(_) => Filter::of(&[Upload], &["POST"]),
        }
    }
}

/// An action, and the requests it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// For which requests.
    pub filter: Filter,
    /// What goes wrong.
    pub action: Action,
}

impl Fault {
    /// The action, for all requests that it makes sense for.
    pub fn new(action: impl Into<Action>) -> Self {
        let action = action.into();
        Self {
            filter: action.filter(),
            action,
        }
    }

    /// For this kind of request alone.
    #[must_use]
    pub fn on(mut self, kind: Kind) -> Self {
        self.filter.kinds = vec![kind];
        self
    }

    /// For this HTTP method alone.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.filter.methods = vec![method.to_ascii_uppercase()];
        self
    }

    /// For this repository alone.
    #[must_use]
    pub fn repository(mut self, name: &str) -> Self {
        self.filter.repository = Some(name.to_owned());
        self
    }

    /// Lets this many requests pass first.
    #[must_use]
    pub fn skip(mut self, count: u64) -> Self {
        self.filter.skip = count;
        self
    }

    /// Touches this many requests, and then no more.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.filter.times = Some(count);
        self
    }
}
