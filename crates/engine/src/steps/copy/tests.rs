//! Copy steps against simulated registries that hold digests and tags, and may be away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use liftlock_oci::{Digest, Reference};

use super::*;
use crate::ports::{Resolved, Untagged};

fn check(copied: &[(u64, u64, u64, u64)], expected: &str) {
    let each = copied
        .iter()
        .map(|(written, bytes, mounted, there)| CopiedTo {
            repository: "r.example.com/a".parse().unwrap(),
            written: *written,
            bytes: *bytes,
            mounted: *mounted,
            there: *there,
            manifests: u64::from(*written + *mounted > 0),
            left: Vec::new(),
        });
    assert_eq!(summary(&each.collect::<Vec<_>>()), expected);
}

#[test]
fn what_was_copied_is_said_in_one_line() {
    check(
        &[(6, 1_234, 0, 0)],
        "copied 6 blobs (1.20 KiB) to 1 repository",
    );
    check(
        &[(6, 339_999_999, 0, 0), (1, 999, 0, 5)],
        "copied 7 blobs (324.25 MiB) to 2 repositories; 5 were there",
    );
    check(
        &[(0, 0, 5, 1)],
        "mounted 5 blobs to 1 repository; 1 was there",
    );
    check(&[(0, 0, 0, 6)], "it is there already");
    check(
        &[(0, 0, 0, 6), (0, 0, 0, 6)],
        "it is in both repositories already",
    );
    let signed = CopiedTo {
        repository: "r.example.com/a".parse().unwrap(),
        written: 0,
        bytes: 0,
        mounted: 0,
        there: 6,
        manifests: 2,
        left: vec!["sha256-00.sig".to_owned()],
    };
    assert_eq!(
        summary(&[signed]),
        "wrote 2 manifests to 1 repository; left sha256-00.sig as it is"
    );
}

#[derive(Default)]
struct Simulated {
    images: Mutex<BTreeSet<PinnedRef>>,
    tags: Mutex<BTreeMap<(Repository, Tag), Digest>>,
    /// Hosts that do not answer.
    away: BTreeSet<String>,
    /// Where images were read.
    read: Mutex<Vec<Repository>>,
}

impl Simulated {
    fn answers(&self, repository: &Repository) -> Result<(), RegistryError> {
        if !self.away.contains(repository.host()) {
            return Ok(());
        }
        Err(RegistryError::Unreachable {
            registry: repository.host().to_owned(),
            message: "no answer".to_owned(),
            source: None,
        })
    }

    fn has(&self, image: &PinnedRef) -> bool {
        self.images.lock().unwrap().contains(image)
    }
}

impl Registries for Simulated {
    async fn resolve(&self, reference: &Reference) -> Result<Resolved, RegistryError> {
        let what = reference.to_string();
        Err(RegistryError::NotFound { what })
    }

    async fn tag_digest(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, RegistryError> {
        self.answers(repository)?;
        let place = (repository.clone(), tag.clone());
        Ok(self.tags.lock().unwrap().get(&place).copied())
    }

    async fn is_present(&self, image: &PinnedRef) -> Result<bool, RegistryError> {
        self.answers(&image.repository)?;
        Ok(self.has(image))
    }

    async fn copy(&self, request: &CopyImage, _: CopyReport) -> Result<Vec<CopiedTo>, CopyFailed> {
        let CopyImage { image, to, keep } = request;
        let unreadable = |source: RegistryError| CopyFailed::Source {
            what: image.to_string(),
            source: source.into(),
        };
        self.answers(&image.repository).map_err(unreadable)?;
        if !self.has(image) {
            let what = image.to_string();
            return Err(unreadable(RegistryError::NotFound { what }));
        }
        self.read.lock().unwrap().push(image.repository.clone());
        let mut copied = Vec::new();
        for place in to {
            self.answers(place)
                .map_err(|source| unusable(place, source))?;
            let new = self
                .images
                .lock()
                .unwrap()
                .insert(place.pinned(image.digest));
            if let Some(tag) = keep {
                let at = (place.clone(), tag.clone());
                self.tags.lock().unwrap().entry(at).or_insert(image.digest);
            }
            copied.push(CopiedTo {
                repository: place.clone(),
                written: u64::from(new),
                bytes: u64::from(new) * 1000,
                mounted: 0,
                there: u64::from(!new),
                manifests: u64::from(new),
                left: Vec::new(),
            });
        }
        Ok(copied)
    }

    async fn write_tag(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        self.answers(&image.repository)?;
        let mut tags = self.tags.lock().unwrap();
        let place = (image.repository.clone(), tag.clone());
        let found = tags.get(&place).copied();
        if found == Some(image.digest) {
            return Ok(TagWrite::Unchanged);
        }
        if found != expected {
            return Ok(TagWrite::Moved { found });
        }
        tags.insert(place, image.digest);
        Ok(TagWrite::Written)
    }

    async fn remove_tag(
        &self,
        repository: &Repository,
        _: &Tag,
        _: Digest,
    ) -> Result<Untagged, RegistryError> {
        self.answers(repository)?;
        Ok(Untagged::Unsupported)
    }
}

fn place(host: &str) -> Repository {
    format!("{host}.example.com/shop/api").parse().unwrap()
}

fn digest() -> Digest {
    Digest::of(b"api r1")
}

/// Registries in which these have the image, and these keep it.
fn registries(have: &[&str], keep: &[&str], away: &[&str]) -> Simulated {
    let simulated = Simulated {
        away: away
            .iter()
            .map(|host| format!("{host}.example.com"))
            .collect(),
        ..Simulated::default()
    };
    for host in have.iter().chain(keep) {
        let image = place(host).pinned(digest());
        simulated.images.lock().unwrap().insert(image);
    }
    for host in keep {
        let at = (place(host), "keep-r1".parse().unwrap());
        simulated.tags.lock().unwrap().insert(at, digest());
    }
    simulated
}

/// Copies from `build` to `eu` and `us`.
async fn copied(registries: &Simulated, where_missing: bool) -> StepResult {
    let tag: Tag = "keep-r1".parse().unwrap();
    let copying = Copying {
        image: &place("build").pinned(digest()),
        to: &[place("eu"), place("us")],
        tag: Some(&tag),
        where_missing,
    };
    run(registries, copying, Arc::new(|_| {})).await
}

fn read(registries: &Simulated) -> Vec<String> {
    let read = registries.read.lock().unwrap();
    read.iter().map(|place| place.host().to_owned()).collect()
}

#[tokio::test]
async fn a_promotion_reads_where_the_image_was_built_even_if_it_is_everywhere() {
    let everywhere = registries(&["build"], &["eu", "us"], &[]);
    assert!(copied(&everywhere, false).await.done);
    assert_eq!(read(&everywhere), ["build.example.com"]);
    let gone = registries(&[], &["eu", "us"], &[]);
    assert!(!copied(&gone, false).await.done);
}

#[tokio::test]
async fn where_nothing_is_missing_the_source_is_not_asked() {
    for away in [&[][..], &["build"]] {
        let everywhere = registries(&[], &["eu", "us"], away);
        let result = copied(&everywhere, true).await;
        assert_eq!(result, done("it is in both repositories already"));
        assert_eq!(read(&everywhere), [""; 0]);
    }
}

#[tokio::test]
async fn what_is_missing_comes_from_the_source_or_else_from_another_place() {
    let source = registries(&["build"], &["eu"], &[]);
    let result = copied(&source, true).await;
    assert_eq!(result, done("copied 1 blob (1000 B) to 1 repository"));
    assert_eq!(read(&source), ["build.example.com"]);
    for away in [&[][..], &["build"]] {
        let other = registries(&[], &["us"], away);
        let result = copied(&other, true).await;
        let summary = "copied 1 blob (1000 B) to 1 repository, from us.example.com/shop/api";
        assert_eq!(result, done(summary));
        assert!(other.has(&place("eu").pinned(digest())));
    }
}

#[tokio::test]
async fn a_copy_without_its_keep_tag_will_do_where_there_is_no_other() {
    let half = registries(&["eu", "us"], &[], &["build"]);
    assert!(copied(&half, true).await.done);
    assert_eq!(half.tags.lock().unwrap().len(), 2);
    let one = registries(&["us"], &[], &[]);
    assert!(copied(&one, true).await.done);
    assert_eq!(one.tags.lock().unwrap().len(), 2);
    assert_eq!(read(&one), ["us.example.com"]);
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    for (have, away, expected) in [
        (&[][..], &[][..], "build.example.com/shop/api@"),
        (&["build"], &["us"], "us.example.com/shop/api did not take"),
        (&["eu"], &["build", "us"], "us.example.com"),
        (&[], &["build"], "no answer"),
    ] {
        let result = copied(&registries(have, &[], away), true).await;
        assert!(
            !result.done && result.summary.contains(expected),
            "{result:?}"
        );
    }
    let kept = registries(&["eu"], &[], &["build"]);
    let at = (place("eu"), "keep-r1".parse().unwrap());
    kept.tags.lock().unwrap().insert(at, Digest::of(b"other"));
    let result = copied(&kept, true).await;
    assert!(result.summary.contains("keep-r1 holds"), "{result:?}");
}
