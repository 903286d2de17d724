//! Attestations: statements signed by a key, beside an image. What is found is worth what the
//! policy says of its key; what is stated follows from a promotion's own record.

mod found;
mod stated;

pub use found::{Attested, EVIDENCE_TYPES, Found, Wanted, wanted};
pub(crate) use found::{counts, serves};
pub use stated::{
    Admitted, Details, Person, Stated, StatedApproval, StatedEvidence, Verified, What, stated,
};
