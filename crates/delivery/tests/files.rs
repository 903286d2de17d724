//! Files a policy names are checked before anything is run.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use liftlock_core::Span;
use liftlock_core::policy::Deploy;
use liftlock_delivery::{DeliveryOptions, LocalDelivery};
use liftlock_engine::ports::{Delivery, DeliveryContext, DeliveryError, DeployRequest};
use liftlock_oci::{Digest, Repository};

fn request(files: &[&str], adopted: &[(&str, &[u8])]) -> DeployRequest {
    let repository: Repository = "registry.example.com/api".parse().unwrap();
    let adopted = adopted
        .iter()
        .map(|(file, bytes)| ((*file).to_owned(), Digest::of(bytes)));
    DeployRequest {
        context: DeliveryContext {
            pipeline: "shop".parse().unwrap(),
            environment: "staging".parse().unwrap(),
            release: "1".parse().unwrap(),
            promotion: "p".to_owned(),
            watched: false,
            images: BTreeMap::from([("api".parse().unwrap(), repository.pinned(Digest::of(b"i")))]),
        },
        deploy: Deploy::Compose {
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            services: BTreeMap::from([("web".to_owned(), "api".parse().unwrap())]),
            project: None,
            within: Span::from_secs(60),
            profiles: Vec::new(),
        },
        files: adopted.collect(),
    }
}

async fn refusal(request: DeployRequest) -> [DeliveryError; 2] {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("compose.yml"), "services: {}\n").unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    let large = std::fs::File::create(dir.path().join("large.yml")).unwrap();
    large.set_len(16 * 1024 * 1024 + 1).unwrap();
    let delivery = LocalDelivery::new(dir.path().to_owned(), DeliveryOptions::default());
    [
        delivery.deploy(&request).await.unwrap_err(),
        delivery.running(&request).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn a_changed_file_is_refused() {
    for error in refusal(request(
        &["compose.yml"],
        &[("compose.yml", b"services: {a: {}}\n")],
    ))
    .await
    {
        match error {
            DeliveryError::FileChanged {
                file,
                adopted,
                found,
            } => {
                assert_eq!(file, "compose.yml");
                assert_eq!(adopted, Digest::of(b"services: {a: {}}\n"));
                assert_eq!(found, Digest::of(b"services: {}\n"));
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn files_that_cannot_be_checked_are_refused() {
    for (files, adopted) in [
        (vec!["compose.yml"], vec![]),
        (vec!["missing.yml"], vec![("missing.yml", &b""[..])]),
        (vec!["folder"], vec![("folder", &b""[..])]),
        (vec!["large.yml"], vec![("large.yml", &b""[..])]),
        (
            vec!["compose.yml"],
            vec![
                ("compose.yml", &b"services: {}\n"[..]),
                ("script.sh", &b""[..]),
            ],
        ),
    ] {
        let last = adopted
            .last()
            .map_or("compose.yml", |(file, _)| *file)
            .to_owned();
        for error in refusal(request(&files, &adopted)).await {
            assert!(
                matches!(&error, DeliveryError::File { file, .. } if *file == last),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_project_without_files_or_images_is_refused() {
    for error in refusal(request(&[], &[])).await {
        assert!(matches!(error, DeliveryError::Answer { .. }), "{error}");
    }
    let mut request = request(&["compose.yml"], &[("compose.yml", b"services: {}\n")]);
    request.context.images.clear();
    for error in refusal(request).await {
        assert!(matches!(error, DeliveryError::Answer { .. }), "{error}");
    }
}
