//! What is said to have drifted is not as it was left, is said once, and ends what was verified.

use liftlock_core::drift::Drift;
use liftlock_core::event::{Entry, Event};
use liftlock_core::policy::Verb;
use liftlock_core::promotion::{Request, Trigger};
use liftlock_core::{EnvironmentName, PromotionId, ReleaseName};
use liftlock_oci::Digest;

use super::book::{Book, Here};
use super::people;

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, entry: &Entry) -> Result<(), String> {
    match &entry.event {
        Event::DriftSeen {
            environment,
            release,
            promotion,
            drifts,
            ..
        } => {
            may_say(book, entry)?;
            here(book, (environment, release, *promotion))?;
            if drifts.is_empty() || book.place(environment).drift.as_ref() == Some(drifts) {
                return Err(format!("nothing new has drifted in {environment}"));
            }
            let recorded = digests(book, release);
            let wrong = drifts.iter().find(|drift| !differs(drift, &recorded));
            wrong.map_or(Ok(()), |drift| Err(format!("{drift}, and is as recorded")))
        }
        Event::DriftResolved { environment } if book.place(environment).drift.is_none() => {
            Err(format!("nothing had drifted in {environment}"))
        }
        Event::VerifiedAgain {
            environment,
            release,
            promotion,
        } => {
            may_say(book, entry)?;
            let here = here(book, (environment, release, *promotion))?;
            let place = book.place(environment);
            match here.shaken && !place.incident && place.drift.is_none() {
                true => Ok(()),
                false => Err(format!("{release} is verified again for no reason")),
            }
        }
        Event::PromotionRequested(request) if request.trigger == Some(Trigger::Drift) => {
            repair(book, request)
        }
        _ => Ok(()),
    }
}

fn may_say(book: &Book, entry: &Entry) -> Result<(), String> {
    let verbs = [Verb::Promote, Verb::Rollback, Verb::Incident];
    let policy = book.policy.as_ref().ok_or("there is no policy")?;
    let may = |verb: &Verb| people::may(policy, *verb, &entry.actor);
    match verbs.iter().any(may) {
        true => Ok(()),
        false => Err(format!("{} looks, and may not", entry.actor)),
    }
}

/// What is current there, if it is that and nothing is being done to it.
fn here<'a>(
    book: &'a Book,
    (environment, release, promotion): (&'a EnvironmentName, &ReleaseName, PromotionId),
) -> Result<&'a Here, String> {
    if let Some((id, _)) = book.under_way(environment).next() {
        return Err(format!(
            "{environment} is looked at while {id} is under way"
        ));
    }
    let here = book.place(environment).current.as_ref();
    here.filter(|here| here.release == *release && here.by == promotion)
        .ok_or_else(|| format!("{release} is not current in {environment}"))
}

fn digests(book: &Book, release: &ReleaseName) -> Vec<Digest> {
    let images = book.releases.get(release).into_iter();
    let images = images.flat_map(|made| made.content.images.values());
    images.map(|image| image.image.digest).collect()
}

fn differs(drift: &Drift, release: &[Digest]) -> bool {
    match drift {
        Drift::Tag {
            recorded, found, ..
        } => release.contains(recorded) && *found != Some(*recorded),
        Drift::Running {
            recorded, found, ..
        } => release.contains(recorded) && found.as_slice() != [*recorded],
        Drift::Gone { image, .. } => release.contains(&image.digest),
        Drift::NewPlace { .. } => false,
    }
}

/// What is repaired is what is current, and has drifted.
fn repair(book: &Book, request: &Request) -> Result<(), String> {
    let place = book.place(&request.environment);
    let current = place.current.as_ref().map(|here| &here.release);
    if current == Some(&request.release) && place.drift.is_some() {
        return Ok(());
    }
    Err(format!("{} repairs what has not drifted", request.id))
}
