//! `release create`: the digests are pinned once, for good.

use std::collections::BTreeMap;

use liftlock_oci::Repository;

use super::text;
use crate::event::Event;
use crate::policy::Verb;
use crate::release::{About, Imported, ReleaseContent, ReleaseImage};
use crate::{Actor, ImageKey, Policy, Refusal, ReleaseName, State};

/// The most labels.
const LABELS_MAX: usize = 64;

/// The longest name of a ledger, in bytes (C2SP tlog-checkpoint as it is read here).
const ORIGIN_BYTES_MAX: usize = 255;

/// The longest root, in bytes: SHA-256 in base64.
const ROOT_BYTES_MAX: usize = 44;

/// Which image of the pipeline lives in a repository.
pub fn image_key(policy: &Policy, repository: &Repository) -> Result<ImageKey, Refusal> {
    let found = policy
        .images
        .iter()
        .find(|(_, lives_in)| *lives_in == repository);
    match (found, policy.images.iter().next()) {
        (Some((key, _)), _) => Ok(key.clone()),
        (None, Some((key, expected))) => Err(other_repository(policy, repository, (key, expected))),
        (None, None) => Err(Refusal::NoPolicy),
    }
}

/// Why an image cannot come from `found`.
fn other_repository(
    policy: &Policy,
    found: &Repository,
    (key, expected): (&ImageKey, &Repository),
) -> Refusal {
    let place = policy.place_of(found);
    let place = place.and_then(|(environment, key)| {
        let expected = policy.images.get(key)?;
        Some((environment, key, expected))
    });
    match place {
        Some((environment, key, expected)) => Refusal::EnvironmentRepository {
            found: found.clone(),
            environment: environment.name.clone(),
            key: key.clone(),
            expected: Box::new(expected.clone()),
        },
        None => Refusal::OtherRepository {
            found: found.clone(),
            key: key.clone(),
            expected: expected.clone(),
        },
    }
}

pub(super) fn decide(
    state: &State,
    name: &ReleaseName,
    images: &BTreeMap<ImageKey, ReleaseImage>,
    (about, imported): (&About, Option<&Imported>),
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand(Verb::Release, actor)?;
    for (key, image) in images {
        match policy.images.get(key) {
            Some(expected) if *expected == image.repository => {}
            Some(expected) => {
                return Err(other_repository(policy, &image.repository, (key, expected)));
            }
            None => return Err(unknown_image(policy, key)),
        }
    }
    if let Some(missing) = policy.images.keys().find(|key| !images.contains_key(*key)) {
        return Err(Refusal::Invalid {
            what: format!("the release {name}"),
            message: format!("lacks the image {missing}; give {missing}=REFERENCE"),
        });
    }
    let content = ReleaseContent {
        name: name.clone(),
        images: images.clone(),
        about: checked(about)?,
        imported: imported.map(origin).transpose()?,
    };
    match state.releases.get(name) {
        Some(there) if there.content.set_digest() == content.set_digest() => Ok(Vec::new()),
        Some(there) => {
            let digests = there.content.pinned();
            let digests = digests
                .iter()
                .map(|(key, pinned)| format!("{key} {}", pinned.digest));
            Err(Refusal::ReleaseExists {
                release: name.clone(),
                there: digests.collect::<Vec<_>>().join(", "),
            })
        }
        None => Ok(vec![Event::ReleaseCreated(content)]),
    }
}

fn unknown_image(policy: &Policy, key: &ImageKey) -> Refusal {
    let known: Vec<_> = policy.images.keys().map(ImageKey::as_str).collect();
    Refusal::Unknown {
        what: "image",
        name: key.to_string(),
        known: format!("this pipeline has {}", known.join(", ")),
    }
}

/// Where it came from, bounded as everything that is recorded.
fn origin(imported: &Imported) -> Result<Box<Imported>, Refusal> {
    if imported.size > Imported::SIZE_MAX {
        return Err(Refusal::Invalid {
            what: "the size of the ledger it came from".to_owned(),
            message: format!("is over {}", Imported::SIZE_MAX),
        });
    }
    let ledger = "the name of the ledger it came from";
    Ok(Box::new(Imported {
        origin: text::bounded(ledger, &imported.origin, ORIGIN_BYTES_MAX)?,
        root: text::bounded("the root of that ledger", &imported.root, ROOT_BYTES_MAX)?,
        ..imported.clone()
    }))
}

fn checked(about: &About) -> Result<About, Refusal> {
    let word = |what: &str, value: &Option<String>| {
        value
            .as_deref()
            .map(|text| text::bounded(what, text, 128))
            .transpose()
    };
    if about.labels.len() > LABELS_MAX {
        let what = "the labels".to_owned();
        return Err(Refusal::Invalid {
            what,
            message: format!("are more than {LABELS_MAX}"),
        });
    }
    let mut labels = BTreeMap::new();
    for (key, value) in &about.labels {
        let key = text::bounded("a label's name", key, 63)?;
        let value = text::bounded(&format!("the label {key}"), value, 256)?;
        labels.insert(key, value);
    }
    Ok(About {
        version: word("the version", &about.version)?,
        build: word("the build", &about.build)?,
        commit: word("the commit", &about.commit)?,
        url: about.url.as_deref().map(text::url).transpose()?,
        author: word("the author", &about.author)?,
        labels,
    })
}
