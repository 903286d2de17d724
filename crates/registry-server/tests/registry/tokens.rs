//! Bearer tokens.

use std::time::Duration;

use liftlock_oci::Digest;

use crate::auth::with_users;
use crate::support::{Answer, Running, read};

const SCOPE: &str = "scope=repository:a:pull,push&scope=repository:b:pull";

async fn token(registry: &Running, query: &str, password: Option<&str>) -> Result<String, u16> {
    let request = registry.request("GET", &format!("/token?service=liftlock&{query}"));
    let answer = match password {
        Some(password) => read(request.basic_auth("ann", Some(password))).await,
        None => read(request).await,
    };
    if answer.status != 200 {
        return Err(answer.status);
    }
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["token"], body["access_token"]);
    Ok(body["token"].as_str().unwrap().to_owned())
}

async fn with(registry: &Running, token: &str, method: &str, path: &str) -> Answer {
    read(registry.request(method, path).bearer_auth(token)).await
}

#[tokio::test]
async fn a_challenge_says_where_a_token_is_and_for_what() {
    let (registry, _folder) = with_users(|auth| auth.tokens = true).await;
    let challenge = async |method: &str, path: &str| {
        let answer = registry.send(method, path, "").await;
        assert_eq!(answer.status, 401);
        answer.header("www-authenticate").to_owned()
    };
    let realm = format!(
        "Bearer realm=\"{}/token\",service=\"liftlock\"",
        registry.base
    );
    assert_eq!(challenge("GET", "/v2/").await, realm);
    for (method, path, scope) in [
        ("GET", "/v2/a/b/manifests/x", "repository:a/b:pull"),
        ("POST", "/v2/a/blobs/uploads/", "repository:a:pull,push"),
        ("DELETE", "/v2/a/manifests/x", "repository:a:delete"),
    ] {
        let expected = format!("{realm},scope=\"{scope}\"");
        assert_eq!(challenge(method, path).await, expected);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes() {
    let (registry, _folder) = with_users(|auth| auth.tokens = true).await;
    let token = token(&registry, SCOPE, Some("secret")).await.unwrap();
    let status = async |method, path| with(&registry, &token, method, path).await.status;
    assert_eq!(status("GET", "/v2/").await, 200);
    assert_eq!(status("POST", "/v2/a/blobs/uploads/").await, 202);
    assert_eq!(status("GET", "/v2/b/manifests/x").await, 404);
    assert_eq!(status("DELETE", "/v2/a/manifests/x").await, 401);
    let refused = with(&registry, &token, "POST", "/v2/b/blobs/uploads/").await;
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.ends_with("error=\"insufficient_scope\""),
        "{challenge}"
    );
    let forged = with(&registry, &format!("{token}x"), "GET", "/v2/").await;
    assert_eq!(forged.status, 401);
    // A password does as well.
    let basic = registry
        .request("GET", "/v2/")
        .basic_auth("ann", Some("secret"));
    assert_eq!(read(basic).await.status, 200);
}

#[tokio::test]
async fn a_mount_needs_the_scopes_of_both_repositories() {
    let (registry, _folder) = with_users(|auth| auth.tokens = true).await;
    let both = token(&registry, SCOPE, Some("secret")).await.unwrap();
    let one = token(&registry, "scope=repository:a:pull,push", Some("secret")).await;
    let digest = Digest::of(b"blob");
    let push = format!("/v2/b/blobs/uploads/?digest={digest}");
    let push = registry
        .request("POST", &push)
        .basic_auth("ann", Some("secret"));
    assert_eq!(read(push.body("blob")).await.status, 201);
    let mount = format!("/v2/a/blobs/uploads/?mount={digest}&from=b");
    assert_eq!(
        with(&registry, &one.unwrap(), "POST", &mount).await.status,
        202
    );
    assert_eq!(with(&registry, &both, "POST", &mount).await.status, 201);
}

#[tokio::test]
async fn who_gets_a_token() {
    let (registry, _folder) = with_users(|auth| auth.tokens = true).await;
    assert_eq!(token(&registry, SCOPE, None).await, Err(401));
    assert_eq!(token(&registry, SCOPE, Some("wrong")).await, Err(401));
    let (registry, _folder) = with_users(|auth| {
        (auth.tokens, auth.anonymous_pull) = (true, true);
    })
    .await;
    let nobody = token(&registry, SCOPE, None).await.unwrap();
    let status = async |method, path| with(&registry, &nobody, method, path).await.status;
    assert_eq!(status("GET", "/v2/").await, 200);
    assert_eq!(status("GET", "/v2/a/manifests/x").await, 404);
    assert_eq!(status("POST", "/v2/a/blobs/uploads/").await, 401);
    assert_eq!(token(&registry, SCOPE, Some("wrong")).await, Err(401));
}

#[tokio::test]
async fn a_token_ends_and_the_challenge_says_so() {
    let (registry, _folder) = with_users(|auth| {
        (auth.tokens, auth.token_lifetime) = (true, Duration::ZERO);
    })
    .await;
    let ended = token(&registry, SCOPE, Some("secret")).await.unwrap();
    let answer = with(&registry, &ended, "GET", "/v2/a/manifests/x").await;
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.ends_with("error=\"invalid_token\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn faults_reach_the_token_service_and_use_its_challenge() {
    let (registry, _folder) = with_users(|auth| auth.tokens = true).await;
    registry.fault("status=503,on=token,times=1");
    assert_eq!(token(&registry, SCOPE, Some("secret")).await, Err(503));
    let given = token(&registry, SCOPE, Some("secret")).await.unwrap();
    registry.fault("unauthorized,times=1");
    let answer = with(&registry, &given, "GET", "/v2/a/manifests/x").await;
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm="), "{challenge}");
    assert!(
        challenge.contains("scope=\"repository:a:pull\""),
        "{challenge}"
    );
    let again = with(&registry, &given, "GET", "/v2/a/manifests/x").await;
    assert_eq!(again.status, 404);
}
