//! Users with passwords, and those without.

use std::path::Path;

use liftlock_registry_server::{AuthOptions, ServeError, Server, ServerOptions};
use reqwest::RequestBuilder;

use crate::support::{LOOPBACK, Running, read};

/// ann, whose password is `secret`.
const USERS: &str = "ann:$2y$04$ry1nc6uk2pglOw9LeoZMWu.p3Fxep1RS0ofR6E/Zl6hr9OetZp3QO\n";

pub(crate) fn users(folder: &Path) -> AuthOptions {
    let file = folder.join(".users");
    std::fs::write(&file, USERS).unwrap();
    AuthOptions::new(file)
}

pub(crate) async fn with_users(
    change: impl FnOnce(&mut AuthOptions),
) -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut auth = users(folder.path());
    change(&mut auth);
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.auth = Some(auth);
    (Running::start(options).await, folder)
}

fn as_ann(request: RequestBuilder) -> RequestBuilder {
    request.basic_auth("ann", Some("secret"))
}

#[tokio::test]
async fn only_users_get_in() {
    let (registry, _folder) = with_users(|_| {}).await;
    for (method, path) in [
        ("GET", "/v2/"),
        ("GET", "/v2/a/manifests/x"),
        ("POST", "/v2/a/blobs/uploads/"),
        ("DELETE", "/v2/a/manifests/x"),
    ] {
        let request = || registry.request(method, path);
        let nobody = read(request()).await;
        assert_eq!(
            (nobody.status, nobody.code().as_str()),
            (401, "UNAUTHORIZED")
        );
        let challenge = nobody.header("www-authenticate");
        assert_eq!(challenge, "Basic realm=\"liftlock\", charset=\"UTF-8\"");
        for (user, password) in [("ann", "Secret"), ("ann", ""), ("eve", "secret"), ("", "")] {
            let wrong = read(request().basic_auth(user, Some(password))).await;
            assert_eq!(wrong.status, 401, "{user}:{password}");
        }
        assert_eq!(read(request().bearer_auth("x")).await.status, 401);
        // The second time, the password is remembered.
        for _ in 0..2 {
            assert_ne!(read(as_ann(request())).await.status, 401, "{method} {path}");
        }
        assert_eq!(
            read(request().basic_auth("ann", Some("Secret")))
                .await
                .status,
            401
        );
    }
    assert_eq!(
        read(as_ann(registry.request("GET", "/token"))).await.status,
        404
    );
}

#[tokio::test]
async fn a_refused_push_leaves_nothing() {
    let (registry, folder) = with_users(|_| {}).await;
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "body").await;
    assert_eq!(opened.status, 401);
    assert!(!folder.path().join("a").exists());
    let uploads = std::fs::read_dir(folder.path().join(".liftlock-uploads")).unwrap();
    assert_eq!(uploads.count(), 0);
}

#[tokio::test]
async fn anyone_may_pull_where_that_is_allowed() {
    let (registry, _folder) = with_users(|auth| auth.anonymous_pull = true).await;
    let path = "/v2/a/blobs/uploads/";
    assert_eq!(
        read(as_ann(registry.request("POST", path))).await.status,
        202
    );
    assert_eq!(registry.send("POST", path, "").await.status, 401);
    assert_eq!(
        registry.send("GET", "/v2/a/manifests/x", "").await.status,
        404
    );
    assert_eq!(
        registry
            .send("DELETE", "/v2/a/manifests/x", "")
            .await
            .status,
        401
    );
    // Clients ask here how to log in.
    assert_eq!(registry.send("GET", "/v2/", "").await.status, 401);
    let empty = registry
        .request("GET", "/v2/a/manifests/x")
        .basic_auth("", Some(""));
    assert_eq!(read(empty).await.status, 404);
    let wrong = registry
        .request("GET", "/v2/a/manifests/x")
        .basic_auth("ann", Some("x"));
    assert_eq!(read(wrong).await.status, 401);
}

#[tokio::test]
async fn a_users_file_that_cannot_be_used_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users");
    std::fs::write(&file, format!("{USERS}bob:$apr1$x$hunter2\n")).unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.auth = Some(AuthOptions::new(&file));
    let Err(error) = Server::bind(options.clone()).await else {
        panic!("an MD5 hash was taken");
    };
    let error = error.to_string();
    assert!(error.contains("users, line 2: this is MD5"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    options.auth = Some(AuthOptions::new(folder.path().join("none")));
    assert!(matches!(
        Server::bind(options).await,
        Err(ServeError::Htpasswd(_))
    ));
}

#[tokio::test]
async fn others_are_not_let_to_a_registry_that_does_not_know_them() {
    let folder = tempfile::tempdir().unwrap();
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let mut options = ServerOptions::new(folder.path(), everywhere);
    let Err(error) = Server::bind(options.clone()).await else {
        panic!("anyone can reach it");
    };
    assert!(matches!(error, ServeError::Exposed { .. }), "{error}");
    options.insecure = true;
    assert!(Server::bind(options).await.is_ok());
}
