//! What registries send, read. The samples were sent by distribution 2.8.2 and 3.1.2, and by zot
//! with its events extension; what Harbor sends is written after its documentation.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use liftlock_hooks::incoming::{
    IncomingError, PUSHES_MAX, Pushes, RegistryHook, RegistryKind, read_registry,
};
use reqwest::header::{HeaderMap, HeaderName};

const DIGEST: &str = "sha256:cac9416390cf907bd10fba872242404a064780a68cc4be4c6fd92efc5d9549c9";

fn read(kind: RegistryKind, headers: &[(&str, &str)], body: &str) -> Result<Pushes, IncomingError> {
    let hook = RegistryHook {
        name: "builds".to_owned(),
        kind,
        host: "registry.example.com".to_owned(),
        secrets: Vec::new(),
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    read_registry(&hook, &map, body.as_bytes())
}

/// Each push as one line.
fn lines(pushes: &Pushes) -> Vec<String> {
    let line = |pushed: &liftlock_hooks::incoming::Pushed| {
        let tag = pushed.tag.as_ref().map(ToString::to_string);
        let digest = pushed.digest.as_ref().map(liftlock_oci::Digest::short);
        format!(
            "{:?} {}:{} {} by {} at {}",
            pushed.change,
            pushed.repository,
            tag.as_deref().unwrap_or("-"),
            digest.as_deref().unwrap_or("-"),
            pushed.by.as_deref().unwrap_or("-"),
            pushed.at.map_or("-".to_owned(), |at| format!("{at:#}")),
        )
    };
    pushes.pushed.iter().map(line).collect()
}

fn distribution(body: &str, expected: &[&str], left_out: usize) {
    let pushes = read(RegistryKind::Distribution, &[], body).unwrap();
    assert_eq!(
        (lines(&pushes), pushes.left_out),
        (expected.iter().map(|l| (*l).to_owned()).collect(), left_out)
    );
}

#[test]
fn distribution_says_what_was_pushed_and_deleted() {
    let at = "registry.example.com/team/shop:staging cac9416390cf by - at 2026-11-22T02:22:53Z";
    distribution(
        include_str!("samples/distribution-2.8-push.json"),
        &[&format!("Pushed {at}")],
        0,
    );
    distribution(
        include_str!("samples/distribution-3-push.json"),
        &[&format!("Pushed {at}")],
        0,
    );
    distribution(
        include_str!("samples/distribution-2.8-delete.json"),
        &["Deleted registry.example.com/team/shop:- cac9416390cf by - at 2026-11-22T02:22:53Z"],
        0,
    );
    distribution(
        include_str!("samples/distribution-3-delete-tag.json"),
        &["Deleted registry.example.com/team/shop:staging - by - at 2026-11-22T02:22:53Z"],
        0,
    );
}

#[test]
fn distribution_also_says_what_is_of_no_interest() {
    distribution(include_str!("samples/distribution-2.8-blob.json"), &[], 1);
    let pulled = include_str!("samples/distribution-2.8-push.json").replace("\"push\"", "\"pull\"");
    distribution(&pulled, &[], 1);
    distribution(r#"{"events":[]}"#, &[], 0);
    // Names that no repository can have are of no interest either.
    for path in ["../etc", "UPPER", "", "a//b", "a:b", "x@y"] {
        let text = include_str!("samples/distribution-2.8-push.json");
        distribution(&text.replace("team/shop\",", &format!("{path}\",")), &[], 1);
    }
}

#[test]
fn who_pushed_is_told_in_one_line() {
    let text = include_str!("samples/distribution-3-push.json");
    let named = |name: &str| {
        let text = text.replace(
            "\"actor\": {}",
            &format!("\"actor\": {{\"name\": \"{name}\"}}"),
        );
        let pushes = read(RegistryKind::Distribution, &[], &text).unwrap();
        pushes.pushed[0].by.clone()
    };
    assert_eq!(named("ci"), Some("ci".to_owned()));
    assert_eq!(named("a\\u001b[2Jb\\u202e"), Some("a [2Jb ".to_owned()));
    assert_eq!(named(" "), None);
    assert_eq!(named(&"n".repeat(500)).unwrap().len(), 120);
}

#[test]
fn harbor_says_it_in_two_formats() {
    let data = format!(
        r#"{{"resources":[{{"digest":"{DIGEST}","tag":"staging","resource_url":"harbor.local/team/shop:staging"}},{{"digest":"{DIGEST}","tag":"{DIGEST}"}}],"repository":{{"date_created":1677053165,"name":"shop","namespace":"team","repo_full_name":"team/shop","repo_type":"private"}}}}"#
    );
    let expected = |change: &str| {
        ["staging", "-"].map(|tag| format!("{change} registry.example.com/team/shop:{tag} cac9416390cf by robot$ci at 2023-03-06T06:08:43Z"))
    };
    let own = |kind: &str| {
        let body = format!(
            r#"{{"type":"{kind}","occur_at":1678082923,"operator":"robot$ci","event_data":{data}}}"#
        );
        read(RegistryKind::Harbor, &[], &body).unwrap()
    };
    assert_eq!(lines(&own("PUSH_ARTIFACT")), expected("Pushed"));
    assert_eq!(lines(&own("DELETE_ARTIFACT")), expected("Deleted"));
    assert_eq!(own("PULL_ARTIFACT").left_out, 1);
    assert_eq!(own("QUOTA_EXCEED").left_out, 1);

    let cloud = |kind: &str| {
        let body = format!(
            r#"{{"specversion":"1.0","requestid":"2eed","id":"4b2f","source":"/projects/1/webhook/policies/3","type":"{kind}","datacontenttype":"application/json","time":"2023-03-06T06:08:43Z","data":{data},"operator":"robot$ci"}}"#
        );
        let headers = [(
            "content-type",
            "application/cloudevents+json; charset=utf-8",
        )];
        read(RegistryKind::Harbor, &headers, &body).unwrap()
    };
    assert_eq!(lines(&cloud("harbor.artifact.pushed")), expected("Pushed"));
    assert_eq!(
        lines(&cloud("harbor.artifact.deleted")),
        expected("Deleted")
    );
    assert_eq!(cloud("harbor.scan.completed").left_out, 1);
}

#[test]
fn zot_says_it_in_both_modes_of_cloud_events() {
    let data = |actor: &str| {
        format!(
            r#"{{"name":"team/shop","reference":"staging","digest":"{DIGEST}","mediaType":"application/vnd.oci.image.manifest.v1+json","manifest":"{{}}"{actor}}}"#
        )
    };
    let binary = |kind: &str, actor: &str| {
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-type", kind),
            ("ce-time", "2026-08-21T10:38:00.5Z"),
            ("content-type", "application/json"),
        ];
        read(RegistryKind::Zot, &headers, &data(actor)).unwrap()
    };
    let by = r#","actor":{"name":"ci"},"request":{"addr":"a","method":"PUT","useragent":"u"}"#;
    let line = |change: &str, by: &str| {
        [format!(
            "{change} registry.example.com/team/shop:staging cac9416390cf by {by} at 2026-08-21T10:38:00Z"
        )]
    };
    for (kind, sample, change) in [
        (
            "zotregistry.image.updated",
            include_str!("samples/zot-image-updated.json"),
            "Pushed",
        ),
        (
            "zotregistry.image.deleted",
            include_str!("samples/zot-image-deleted.json"),
            "Deleted",
        ),
    ] {
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-type", kind),
            ("ce-time", "2026-08-21T10:38:00.577Z"),
        ];
        let said = read(RegistryKind::Zot, &headers, sample).unwrap();
        assert_eq!(lines(&said), line(change, "-"));
    }
    let said = binary("zotregistry.image.updated", by);
    assert_eq!(lines(&said), line("Pushed", "ci"));
    let said = binary("zotregistry.image.updated", r#","actor":null"#);
    assert_eq!(lines(&said), line("Pushed", "-"));
    let said = binary("com.example.image.deleted", by);
    assert_eq!(lines(&said), line("Deleted", "ci"));
    assert_eq!(binary("zotregistry.image.lint_failed", by).left_out, 1);

    let body = format!(
        r#"{{"specversion":"1.0","id":"1","source":"zotregistry.dev","type":"zotregistry.image.updated","time":"2026-08-21T10:38:00Z","data":{}}}"#,
        data(by)
    );
    let headers = [("content-type", "application/cloudevents+json")];
    let said = read(RegistryKind::Zot, &headers, &body).unwrap();
    assert_eq!(lines(&said), line("Pushed", "ci"));
}

#[test]
fn what_is_something_else_is_refused() {
    let refused = |kind, headers: &[(&str, &str)], body: &str, why: &str| {
        let error = read(kind, headers, body).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        error.status()
    };
    use RegistryKind::{Distribution, Harbor, Zot};
    assert_eq!(
        refused(Distribution, &[], "{}", "not what distribution sends"),
        400
    );
    assert_eq!(refused(Harbor, &[], "[]", "not what Harbor sends"), 400);
    assert_eq!(refused(Zot, &[], "{}", "no CloudEvent"), 400);
    let old = [("ce-specversion", "0.3"), ("ce-type", "t")];
    assert_eq!(refused(Zot, &old, "{}", "its version is \"0.3\""), 400);
    let large = " ".repeat(1024 * 1024 + 1);
    for kind in [Distribution, Harbor, Zot] {
        assert_eq!(
            refused(
                kind,
                &[("ce-specversion", "1.0")],
                &large,
                "larger than 1048576"
            ),
            413
        );
    }
    let event = r#"{"action":"push","target":{"repository":"a","tag":"b"}}"#;
    let many = vec![event; PUSHES_MAX + 1].join(",");
    let many = format!(r#"{{"events":[{many}]}}"#);
    assert_eq!(
        refused(Distribution, &[], &many, "more than 1000 events"),
        413
    );
}
