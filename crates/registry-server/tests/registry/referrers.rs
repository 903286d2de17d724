//! Referrers.

use liftlock_oci::{Digest, media_types};
use liftlock_registry_server::ServerOptions;

use crate::support::{LOOPBACK, Running, image};

#[tokio::test]
async fn referrers_are_found_by_their_subject() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let config = registry.push_blob("a", "{}").await;
    let subject = Digest::of(b"not here yet");
    let referrer = image(config, Some(subject));
    let put = registry.put_manifest("a", "x", &referrer).await;
    assert_eq!(put.header("oci-subject"), subject.to_string());
    registry.put_manifest("a", "y", &image(config, None)).await;
    let list = async |query: &str| {
        let path = format!("/v2/a/referrers/{subject}{query}");
        let answer = registry.send("GET", &path, "").await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        (answer, body["manifests"].as_array().unwrap().clone())
    };
    let (answer, found) = list("").await;
    assert_eq!(answer.header("content-type"), media_types::OCI_INDEX);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0]["digest"],
        Digest::of(referrer.as_bytes()).to_string()
    );
    assert_eq!(found[0]["artifactType"], "application/x.config");
    let (answer, found) = list("?artifactType=other").await;
    assert_eq!(
        (answer.header("oci-filters-applied"), found.len()),
        ("artifactType", 0)
    );
    let nowhere = registry
        .send("GET", &format!("/v2/none/referrers/{subject}"), "")
        .await;
    assert_eq!(nowhere.status, 200);
}

#[tokio::test]
async fn a_list_that_is_too_long_comes_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.limits.referrers_page_bytes_max = 500;
    let registry = Running::start(options).await;
    let config = registry.push_blob("a", "{}").await;
    let subject = Digest::of(b"subject");
    let mut pushed = Vec::new();
    for n in 0..7 {
        let mut referrer: serde_json::Value =
            serde_json::from_str(&image(config, Some(subject))).unwrap();
        referrer["annotations"] = serde_json::json!({ "n": n.to_string() });
        let referrer = referrer.to_string();
        let digest = Digest::of(referrer.as_bytes()).to_string();
        assert_eq!(
            registry.put_manifest("a", &digest, &referrer).await.status,
            201
        );
        pushed.push(digest);
    }
    pushed.sort();
    let filter = "artifactType=application%2Fx.config";
    let mut next = Some(format!("/v2/a/referrers/{subject}?{filter}"));
    let (mut listed, mut pages) = (Vec::new(), 0);
    while let Some(path) = next {
        let answer = registry.send("GET", &path, "").await;
        assert_eq!(answer.header("content-type"), media_types::OCI_INDEX);
        assert_eq!(answer.header("oci-filters-applied"), "artifactType");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let digests = body["manifests"].as_array().unwrap().iter();
        listed.extend(digests.map(|d| d["digest"].as_str().unwrap().to_owned()));
        pages += 1;
        let link = answer.header("link").strip_suffix(">; rel=\"next\"");
        next = link.map(|link| link[1..].to_owned());
    }
    assert_eq!(listed, pushed);
    assert!(pages > 2, "{pages}");
}
