//! How a copy ended, place by place.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::Digest;
use liftlock_registry::{Copied, Delivered, PlaceError};
use liftlock_verbs::{
    Done, Exit, Failure,
    show::{bytes, count},
};
use serde_json::{Value, json};

use super::bring::Brought;

/// A copy that all places took, as text and JSON.
pub(super) fn done(from: &str, copied: &Copied, done: &[Delivered]) -> Done {
    let text: Vec<String> = done.iter().map(|to| text(to, copied.digest)).collect();
    let json = json!({
        "from": from,
        "image": { "digest": copied.digest, "media_type": copied.media_type },
        "manifests": copied.manifests,
        "referrers": copied.referrers,
        "blobs": copied.blobs,
        "bytes_read": copied.bytes_read,
        "dry_run": false,
        "destinations": done.iter().map(delivered).collect::<Vec<_>>(),
    });
    Done::new(text.join("\n"), json)
}

fn text(to: &Delivered, digest: Digest) -> String {
    let mut lines: Vec<String> = to
        .tags
        .iter()
        .map(|tag| format!("{}:{tag} -> {digest}", to.place))
        .collect();
    if lines.is_empty() {
        lines.push(format!("{}@{digest}, without a tag", to.place));
    }
    if to.is_unchanged() {
        lines.push("  all of it was there".to_owned());
        return lines.join("\n");
    }
    let mut parts = Vec::new();
    if to.uploaded > 0 {
        let blobs = count(to.uploaded, "blob");
        parts.push(format!("{blobs} sent ({})", bytes(to.bytes)));
    }
    if to.mounted > 0 {
        parts.push(format!("{} mounted", count(to.mounted, "blob")));
    }
    if to.present > 0 {
        parts.push(format!("{} there before", count(to.present, "blob")));
    }
    if parts.is_empty() {
        parts.push("manifests and tags written".to_owned());
    }
    lines.push(format!("  {}", parts.join(", ")));
    lines.join("\n")
}

fn delivered(to: &Delivered) -> Value {
    json!({
        "place": to.place,
        "tags": to.tags,
        "present": to.present,
        "mounted": to.mounted,
        "uploaded": to.uploaded,
        "bytes": to.bytes,
        "manifests": to.manifests,
        "kept": to.kept,
        "unchanged": to.is_unchanged(),
    })
}

/// What to do about signatures that were not added.
pub(super) fn kept(from: &str, to: &Delivered) -> Vec<String> {
    let kept = to.kept.iter();
    kept.map(|tag| {
        format!(
            "{}:{tag} was left as it is: it has signatures or attestations that {from} does not \
             have, and those of {from} were not added; sign the image there again, or delete that \
             tag and copy again",
            to.place
        )
    })
    .collect()
}

/// A copy that some places did not take.
pub(super) fn failed(brought: &Brought) -> Failure {
    let Brought { done, failed, .. } = brought;
    let refused = failed.iter().all(|(_, error)| is_refusal(error));
    let (exit, code) = if refused {
        (Exit::Refused, "refused")
    } else {
        (Exit::Failed, "destinations")
    };
    let details = json!({
        "failed": failed.iter().map(|(place, error)| {
            json!({ "place": place, "message": error.to_string() })
        }).collect::<Vec<_>>(),
        "done": done.iter().map(delivered).collect::<Vec<_>>(),
    });
    let message = match failed.as_slice() {
        [(place, error)] if done.is_empty() => format!("{place} did not take the copy: {error}"),
        _ => {
            let all = failed.len() + done.len();
            let (some, all) = (failed.len(), count(all, "place"));
            let mut lines = vec![format!("{some} of {all} did not take the copy")];
            lines.extend(
                failed
                    .iter()
                    .map(|(place, error)| format!("  {place}: {error}")),
            );
            lines.extend(done.iter().map(|to| format!("  {} has it", to.place)));
            lines.join("\n")
        }
    };
    let mut failure = Failure::new(exit, code, message);
    failure.details = details;
    if !refused {
        failure.hint = Some("run the same again: what is there by now is not sent again".into());
    }
    if let Some(folder) = brought.gathered.first() {
        let folder = folder.display();
        failure.hint = Some(format!(
            "run the same again: it carries on with what is in {folder}"
        ));
    }
    failure
}

fn is_refusal(error: &PlaceError) -> bool {
    matches!(
        error,
        PlaceError::Tag { .. } | PlaceError::Registry(RegistryError::Immutable { .. })
    )
}
