//! Attestations: statements signed by a key, beside an image. What is found is worth what the
//! policy says of its key; what is stated follows from a promotion's own record.

mod found;
mod live;
mod proven;
mod stated;

pub use found::{Attested, EVIDENCE_TYPES, Found, Wanted, wanted};
pub(crate) use found::{counts, serves};
pub use live::{Live, Signed, live};
pub use proven::{PROOF_WITHIN, Proven, ProvenBy, beside, to_prove};
pub use stated::{
    Admitted, Details, Person, Stated, StatedApproval, StatedCheckpoint, StatedEvidence, Verified,
    What, stated,
};
