//! Lists of tags, page by page.

use liftlock_registry_server::ServerOptions;

use crate::support::{LOOPBACK, Running, image};

async fn with_tags(registry: &Running, tags: &[&str]) {
    let config = registry.push_blob("a", "{}").await;
    let manifest = image(config, None);
    for tag in tags {
        assert_eq!(registry.put_manifest("a", tag, &manifest).await.status, 201);
    }
}

/// The tags of a page, and what leads to the next.
async fn page(registry: &Running, path: &str) -> (Vec<String>, Option<String>) {
    let answer = registry.send("GET", path, "").await;
    assert_eq!(answer.status, 200, "{path}");
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["name"], "a");
    let tags = body["tags"].as_array().unwrap().iter();
    let tags = tags.map(|tag| tag.as_str().unwrap().to_owned()).collect();
    let link = answer.header("link").strip_suffix(">; rel=\"next\"");
    (tags, link.map(|link| link[1..].to_owned()))
}

#[tokio::test]
async fn pages_lead_through_all_tags_in_order() {
    let registry = Running::new().await;
    with_tags(&registry, &["b", "A", "c.1", "c", "B", "c_2"]).await;
    let all = ["A", "B", "b", "c", "c.1", "c_2"];
    let (tags, next) = page(&registry, "/v2/a/tags/list").await;
    assert_eq!((tags, next), (all.map(str::to_owned).to_vec(), None));
    let mut next = Some("/v2/a/tags/list?n=2".to_owned());
    let mut pages = Vec::new();
    while let Some(path) = next {
        let (tags, following) = page(&registry, &path).await;
        pages.push(tags);
        next = following;
    }
    assert_eq!(pages, [["A", "B"], ["b", "c"], ["c.1", "c_2"]]);
}

#[tokio::test]
async fn a_page_begins_after_a_tag_that_need_not_be_there() {
    let registry = Running::new().await;
    with_tags(&registry, &["a", "c", "e"]).await;
    for (query, expected) in [
        ("last=b", vec!["c", "e"]),
        ("last=c&n=5", vec!["e"]),
        ("last=z", vec![]),
        ("last=0&n=1", vec!["a"]),
        ("n=0", vec![]),
    ] {
        let (tags, _) = page(&registry, &format!("/v2/a/tags/list?{query}")).await;
        assert_eq!(tags, expected, "{query}");
    }
    let bad = registry.send("GET", "/v2/a/tags/list?n=x", "").await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn a_page_has_a_limit_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.limits.tags_page_max = 2;
    let registry = Running::start(options).await;
    with_tags(&registry, &["a", "b", "c"]).await;
    for path in ["/v2/a/tags/list", "/v2/a/tags/list?n=1000"] {
        let (tags, next) = page(&registry, path).await;
        assert_eq!(tags, ["a", "b"], "{path}");
        let (tags, next) = page(&registry, &next.unwrap()).await;
        assert_eq!((tags, next), (vec!["c".to_owned()], None), "{path}");
    }
}

#[tokio::test]
async fn a_repository_without_tags_has_an_empty_list() {
    let registry = Running::new().await;
    registry.push_blob("a", "{}").await;
    assert_eq!(page(&registry, "/v2/a/tags/list").await, (vec![], None));
    let unknown = registry.send("GET", "/v2/b/tags/list", "").await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "NAME_UNKNOWN")
    );
}
