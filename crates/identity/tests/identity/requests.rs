//! What a request carries, in all the ways in which it can be wrong.

use liftlock_identity::Refused;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, at, headers};

#[tokio::test]
async fn the_authorization_header_is_bearer_and_one_token() {
    let world = World::of(json!({}));
    let (secret, _) = world.administrator().await;
    let check = async |pairs: &[(&str, &str)], code: Option<&str>| {
        let headers = headers(pairs);
        let answer = world
            .identities
            .authenticate(&headers, &Method::GET, at(1))
            .await;
        let found = answer.as_ref().err().map(Refused::code);
        assert_eq!(found, code, "{answer:?}");
    };
    let good = format!("Bearer {secret}");
    let lower = format!("bearer {secret}");
    let basic = format!("Basic {secret}");
    let cookie = format!("__Host-liftlock-session={secret}");
    check(&[("authorization", &good)], None).await;
    check(&[("authorization", &lower)], None).await;
    check(&[], Some("unauthenticated")).await;
    check(&[("authorization", &basic)], Some("not-bearer")).await;
    check(&[("authorization", &secret)], Some("not-bearer")).await;
    check(&[("authorization", "Bearer")], Some("not-bearer")).await;
    check(&[("authorization", "Bearer ")], Some("foreign-token")).await;
    let twice = [
        ("authorization", good.as_str()),
        ("authorization", good.as_str()),
    ];
    check(&twice, Some("ambiguous-credentials")).await;
    // A token is no session, whatever it is sent as.
    check(&[("cookie", &cookie)], Some("wrong-kind-of-token")).await;
    let huge = format!("Bearer {}", "a".repeat(1 << 20));
    check(&[("authorization", &huge)], Some("foreign-token")).await;
}

#[tokio::test]
async fn refusals_say_nothing_of_the_secret() {
    let world = World::of(json!({}));
    let (secret, _) = world.administrator().await;
    let other = World::of(json!({})).administrator().await.0;
    for sent in [other.as_str(), &secret[..40], "ghp_verysecret"] {
        let refused = world.by_bearer(sent, at(1)).await.unwrap_err();
        let shown = format!("{refused} {refused:?}");
        assert!(!shown.contains(&sent[6..12]), "{shown}");
        assert_eq!(refused.status(), 401);
    }
}
