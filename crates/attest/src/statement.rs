//! In-toto statements (in-toto attestation framework, `spec/v1/statement.md`).

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limited::Limited;
use crate::predicates::{Predicate, PredicateError};
use crate::verify::ATTESTATION_BYTES_MAX;
use crate::why_not::shown;
use crate::{DigestSet, WhyNot};

/// The type of the statements that are written.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The version before, which `cosign attest` writes; it has the same fields.
const STATEMENT_TYPE_BEFORE: &str = "https://in-toto.io/Statement/v0.1";

/// Most subjects of a statement.
pub const SUBJECTS_MAX: usize = 1000;

/// How many subjects a message names.
const SUBJECTS_SHOWN: usize = 3;

/// What is said about which images.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is about; at least one.
    pub subjects: Vec<Subject>,
    /// What kind of thing is said: a URI.
    pub predicate_type: String,
    /// What is said.
    pub predicate: Value,
}

/// Something a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Where it was; for an image its repository. Readers go by the digest alone.
    #[serde(default)]
    pub name: String,
    /// What it is.
    pub digest: DigestSet,
}

#[derive(Serialize)]
struct Out<'a> {
    #[serde(rename = "_type")]
    kind: &'a str,
    subject: &'a [Subject],
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    predicate: &'a Value,
}

#[derive(Deserialize)]
struct In {
    #[serde(rename = "_type")]
    kind: String,
    subject: Limited<Subject, SUBJECTS_MAX>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(default)]
    predicate: Value,
}

impl Subject {
    /// The image with this digest, in a repository.
    pub fn image(repository: impl Into<String>, digest: Digest) -> Self {
        Self {
            name: repository.into(),
            digest: DigestSet::of(digest),
        }
    }
}

impl Statement {
    /// That `predicate` holds for one subject.
    pub fn new<P: Predicate>(subject: Subject, predicate: &P) -> Result<Self, PredicateError> {
        Ok(Self {
            subjects: vec![subject],
            predicate_type: P::TYPE.to_owned(),
            predicate: serde_json::to_value(predicate).map_err(PredicateError::of::<P>)?,
        })
    }

    /// Its JSON, with exactly the fields of the specification; always the same bytes for the same
    /// statement.
    pub fn to_bytes(&self) -> Vec<u8> {
        let out = Out {
            kind: STATEMENT_TYPE,
            subject: &self.subjects,
            predicate_type: &self.predicate_type,
            predicate: &self.predicate,
        };
        // Texts and a JSON value: nothing in them that JSON could not hold.
        serde_json::to_vec(&out).unwrap_or_default()
    }

    /// Reads a statement of version 1 or 0.1.
    pub fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        WhyNot::over_limit("the statement", bytes.len(), ATTESTATION_BYTES_MAX)?;
        let read: In = serde_json::from_slice(bytes)
            .map_err(|error| WhyNot::unreadable("the statement", error))?;
        if ![STATEMENT_TYPE, STATEMENT_TYPE_BEFORE].contains(&read.kind.as_str()) {
            let found = shown(&read.kind);
            return Err(WhyNot::OtherStatement { found });
        }
        if read.subject.0.is_empty() {
            return Err(WhyNot::unreadable("the statement", "it has no subject"));
        }
        Ok(Self {
            subjects: read.subject.0,
            predicate_type: read.predicate_type,
            predicate: read.predicate,
        })
    }

    /// Whether it is about `digest`. A subject without a SHA-256 digest is no image.
    pub fn is_about(&self, digest: &Digest) -> bool {
        let mut digests = self.subjects.iter().map(|subject| subject.digest.sha256());
        digests.any(|found| found.as_ref() == Some(digest))
    }

    /// The predicate, if it is of this type and has its fields.
    pub fn predicate<P: Predicate>(&self) -> Result<P, PredicateError> {
        if self.predicate_type != P::TYPE {
            return Err(PredicateError::Type {
                found: shown(&self.predicate_type),
                wanted: P::TYPE,
            });
        }
        P::deserialize(&self.predicate).map_err(PredicateError::of::<P>)
    }

    /// Its subjects for a message: the first few.
    pub(crate) fn subjects_shown(&self) -> String {
        let first = self.subjects.iter().take(SUBJECTS_SHOWN);
        let names = first.map(|subject| match subject.digest.sha256() {
            Some(digest) => digest.to_string(),
            None => shown(&subject.name),
        });
        let mut text = names.collect::<Vec<_>>().join(", ");
        let more = self.subjects.len().saturating_sub(SUBJECTS_SHOWN);
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }
}
