//! What must have been found signed, told from what was recorded of it.

use liftlock_oci::Digest;
use serde_json::{Map, Value};

use super::evidence;
use crate::attestation::{Attested, Found};
use crate::evidence::{EvidenceContent, Subject};
use crate::{Command, State};

/// The look that recorded it. Of a predicate only the fields that were asked for are recorded: what
/// is decided again is whose key counts, for what, and what it says there.
pub(super) fn command(
    state: &State,
    content: &EvidenceContent,
    attested: &Attested,
) -> Option<Command> {
    let report = evidence::new(state, content).report;
    let image = match &content.subject {
        Subject::Image { image, .. } => *image,
        // Found beside one of the release's images; which one is not recorded.
        Subject::Release { .. } => {
            let release = state.releases.get(&content.release)?;
            release.content.images.values().next()?.image.digest
        }
    };
    let found = Found {
        image,
        statement: attested.statement,
        // Whether it was about all images of the release is not recorded: it was, or it would not be.
        subjects: subjects(state, content),
        envelope: attested.envelope,
        predicate: attested.predicate.clone(),
        key: attested.key,
        content: predicate(attested),
        report,
    };
    Some(Command::RecordAttested {
        release: content.release.clone(),
        found: vec![found],
        gate: Some(content.gate.clone()),
    })
}

fn subjects(state: &State, content: &EvidenceContent) -> Vec<Digest> {
    let release = state.releases.get(&content.release);
    let images = release
        .into_iter()
        .flat_map(|release| release.content.images.values());
    images.map(|image| image.image.digest).collect()
}

/// A predicate that says in each recorded field what was recorded.
fn predicate(attested: &Attested) -> Value {
    let mut whole = Value::Object(Map::new());
    for (field, said) in &attested.fields {
        let Some(said) = said else {
            continue;
        };
        let mut at = &mut whole;
        for part in field.as_str().split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[part.as_str()];
        }
        *at = Value::String(said.clone());
    }
    whole
}
