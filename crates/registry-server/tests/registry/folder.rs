//! The folder that is served.

use std::sync::{Arc, Mutex};

use liftlock_registry_server::{ServeError, Server, ServerOptions};

use crate::support::{LOOPBACK, Running};

#[tokio::test]
async fn one_process_a_folder_and_what_was_pushed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let digest = registry.push_blob("a", "kept").await;
    registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let options = ServerOptions::new(folder.path(), LOOPBACK);
    let Err(error) = Server::bind(options).await else {
        panic!("two registries serve one folder");
    };
    assert!(matches!(error, ServeError::InUse { .. }), "{error}");
    let process = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&process), "{error}");
    registry.stop().await;

    std::fs::write(folder.path().join(".liftlock-uploads/stale"), "x").unwrap();
    let registry = Running::in_folder(folder.path()).await;
    assert!(!folder.path().join(".liftlock-uploads/stale").exists());
    let blob = registry
        .send("GET", &format!("/v2/a/blobs/{digest}"), "")
        .await;
    assert_eq!(blob.body, b"kept");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    liftlock_registry::Layout::create(&outside.path().join("a")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    let failures = Arc::new(Mutex::new(Vec::new()));
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    let seen = Arc::clone(&failures);
    options.observer = Some(Arc::new(move |line| {
        seen.lock().unwrap().extend(line.failure.clone())
    }));
    let registry = Running::start(options).await;
    #[cfg(unix)]
    {
        let answer = registry.send("GET", "/v2/link/a/tags/list", "").await;
        assert_eq!(answer.status, 500);
        assert!(!String::from_utf8_lossy(&answer.body).contains("link"));
        assert!(failures.lock().unwrap()[0].contains("link"));
    }
    for path in ["/v2/a%2f..%2fb/tags/list", "/v2/A/tags/list"] {
        let answer = registry.send("GET", path, "").await;
        assert_eq!(answer.code(), "NAME_INVALID", "{path}");
    }
    assert_eq!(registry.send("GET", "/", "").await.status, 404);
    assert_eq!(registry.send("POST", "/v2/", "").await.status, 405);
    let bad_digest = registry.send("GET", "/v2/a/blobs/sha256:zz", "").await;
    assert_eq!(bad_digest.code(), "DIGEST_INVALID");
}
