//! The peers that are built from Go modules, and their versions.
//!
//! Fixed, so that what is shown does not change by itself.

use super::go::GoProgram;

/// CNCF Distribution 3, the registry.
pub(crate) const DISTRIBUTION: &GoProgram = &GoProgram {
    name: "distribution",
    program: "registry",
    package: "github.com/distribution/distribution/v3/cmd/registry",
    version: "v3.1.2",
};

/// Crane: copies and tags images.
pub(crate) const CRANE: &GoProgram = &GoProgram {
    name: "crane",
    program: "crane",
    package: "github.com/google/go-containerregistry/cmd/crane",
    version: "v0.22.1",
};

/// Regctl: copies and tags images.
pub(crate) const REGCTL: &GoProgram = &GoProgram {
    name: "regctl",
    program: "regctl",
    package: "github.com/regclient/regclient/cmd/regctl",
    version: "v0.11.7",
};

/// Cosign 2: signs images; the last line that writes tags such as `sha256-<hex>.sig` by itself.
pub(crate) const COSIGN: &GoProgram = &GoProgram {
    name: "cosign",
    program: "cosign",
    package: "github.com/sigstore/cosign/v2/cmd/cosign",
    version: "v2.6.5",
};

/// Cosign 3: writes bundles that refer to the image.
pub(crate) const COSIGN_3: &GoProgram = &GoProgram {
    name: "cosign-3",
    program: "cosign",
    package: "github.com/sigstore/cosign/v3/cmd/cosign",
    version: "v3.1.3",
};

/// K6: load tests.
pub(crate) const K6: &GoProgram = &GoProgram {
    name: "k6",
    program: "k6",
    package: "go.k6.io/k6",
    version: "v1.8.1",
};

/// All of them.
pub(crate) const ALL: [&GoProgram; 6] = [DISTRIBUTION, CRANE, REGCTL, COSIGN, COSIGN_3, K6];
