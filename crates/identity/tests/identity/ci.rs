//! CI's own tokens, as GitHub and GitLab write them.

use liftlock_core::Identity;
use liftlock_identity::{ACCESS_LASTS, Credential, ExchangeError, LEEWAY, Scope};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::{Key, rsa_key};
use crate::world::{PUBLIC_URL, World, at, epoch, job, with};

async fn issuer() -> Issuer {
    Issuer::start(&[rsa_key().jwk()]).await
}

#[tokio::test]
async fn a_job_gets_a_token_for_a_quarter_of_an_hour() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let token = rsa_key().sign(&job(&issuer));
    let given = world
        .identities
        .exchange(&token, None, at(1))
        .await
        .unwrap();
    assert_eq!(given.matched["repository_id"], "74");
    assert_eq!(given.expires, at(1) + ACCESS_LASTS);
    let caller = world.by_bearer(given.secret.expose(), at(2)).await.unwrap();
    assert_eq!(
        caller.actor.identity,
        Identity::Token("shop".parse().unwrap())
    );
    assert!(matches!(caller.credential, Credential::Access { .. }));
    assert!(!caller.administrator);
    let late = world
        .by_bearer(given.secret.expose(), given.expires)
        .await
        .unwrap_err();
    assert_eq!(late.code(), "expired");
    // What it was given for is kept, and no secret.
    let kept = world.records.text();
    assert!(kept.contains("repository_id") && kept.contains("job-1"));
    assert!(!kept.contains(&given.secret.expose()[6..30]) && !kept.contains(&token[..40]));
}

#[tokio::test]
async fn a_token_is_exchanged_once() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let token = rsa_key().sign(&job(&issuer));
    let exchange = || world.identities.exchange(&token, None, at(1));
    let (one, two) = tokio::join!(exchange(), exchange());
    assert_eq!(
        [one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(),
        1
    );
    let again = exchange().await.unwrap_err();
    assert!(matches!(again, ExchangeError::Again), "{again}");
    // Signed anew with the same jti, it is the same one.
    let other = rsa_key().sign(&with(job(&issuer), "exp", json!(epoch(400))));
    let again = world
        .identities
        .exchange(&other, None, at(2))
        .await
        .unwrap_err();
    assert!(matches!(again, ExchangeError::Again), "{again}");
}

#[tokio::test]
async fn a_used_token_is_remembered_until_it_has_expired() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let token = rsa_key().sign(&job(&issuer));
    world
        .identities
        .exchange(&token, None, at(1))
        .await
        .unwrap();
    // Forgetting what expired a while ago must not bring it back.
    for now in [299, 359, 360, 4000] {
        let now = at(now);
        world.identities.prune(now).await.unwrap();
        assert!(
            world.identities.exchange(&token, None, now).await.is_err(),
            "{now}"
        );
    }
    assert!(at(300) + LEEWAY == at(360));
}

#[tokio::test]
async fn what_does_not_fit_a_rule_is_refused_and_not_used_up() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    for (name, value) in [
        ("repository_id", json!("75")),
        ("repository_id", json!("074")),
        ("repository_id", json!(" 74")),
        ("repository_id", json!(["74"])),
        ("repository_id", json!({"74": "74"})),
        ("repository_id", Value::Null),
        ("ref", json!("refs/heads/main2")),
        ("ref", json!("refs/heads/MAIN")),
        ("ref", json!("refs/heads/*")),
        ("ref", Value::Null),
    ] {
        let token = rsa_key().sign(&with(job(&issuer), name, value.clone()));
        let refused = world
            .identities
            .exchange(&token, None, at(1))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ExchangeError::NoMatch(_)),
            "{name} {value}: {refused}"
        );
        assert!(refused.to_string().contains(name), "{refused}");
        assert!(!refused.to_string().contains("74"), "{refused}");
    }
    let token = rsa_key().sign(&job(&issuer));
    assert!(world.identities.exchange(&token, None, at(1)).await.is_ok());
}

#[tokio::test]
async fn a_number_is_as_good_as_its_text() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let token = rsa_key().sign(&with(job(&issuer), "repository_id", json!(74)));
    assert!(world.identities.exchange(&token, None, at(1)).await.is_ok());
}

#[tokio::test]
async fn without_jti_or_audience_of_its_own_a_token_is_nothing() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let check = async |name: &str, value: Value, code: &str| {
        let token = rsa_key().sign(&with(job(&issuer), name, value.clone()));
        let refused = world
            .identities
            .exchange(&token, None, at(1))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code, "{name} {value}: {refused}");
    };
    check("jti", Value::Null, "token-without-id").await;
    check("jti", json!(""), "token-without-id").await;
    check("jti", json!(7), "token-without-id").await;
    check("jti", json!("j".repeat(513)), "token-without-id").await;
    check(
        "aud",
        json!([PUBLIC_URL, "https://other.example.com"]),
        "token-refused",
    )
    .await;
    check("aud", json!("https://other.example.com"), "no-rule").await;
    check("aud", Value::Null, "no-rule").await;
    check("iss", json!("https://evil.example.com"), "no-rule").await;
    check("exp", json!(epoch(2 * 86_400)), "token-refused").await;
}

#[tokio::test]
async fn of_several_rules_that_fit_one_is_named() {
    let issuer = issuer().await;
    let rule = |name: &str, claims: Value| {
        json!({"name": name, "issuer": issuer.url, "audience": PUBLIC_URL, "claims": claims,
            "pipelines": ["shop"]})
    };
    let world = World::of(json!({ "ci": [
        rule("any", json!({"repository_id": "74"})),
        rule("main", json!({"repository_id": "74", "ref": "refs/heads/main"})),
        rule("other", json!({"repository_id": "75"})),
    ]}));
    let token = rsa_key().sign(&job(&issuer));
    let exchange = async |name: Option<&str>| {
        let name = name.map(|name| name.parse().unwrap());
        world
            .identities
            .exchange(&token, name.as_ref(), at(1))
            .await
    };
    let several = exchange(None).await.unwrap_err();
    assert!(matches!(several, ExchangeError::Several(_)), "{several}");
    assert!(matches!(
        exchange(Some("none")).await,
        Err(ExchangeError::NoSuchRule(_))
    ));
    assert!(matches!(
        exchange(Some("other")).await,
        Err(ExchangeError::NoMatch(_))
    ));
    let given = exchange(Some("main")).await.unwrap();
    assert_eq!(given.actor.identity.to_string(), "token:main");
    assert_eq!(
        given.scope,
        Scope::Pipelines(["shop".parse().unwrap()].into())
    );
}

#[tokio::test]
async fn gitlabs_token_with_a_key_of_each_kind() {
    for key in [Key::rsa("a"), Key::ec("b"), Key::ed("c")] {
        let issuer = Issuer::start(&[key.jwk()]).await;
        let world = World::of(json!({ "ci": [{
            "name": "shop", "issuer": issuer.url, "audience": PUBLIC_URL,
            "claims": {"project_id": "22", "ref_protected": "true", "ref": "main"},
        }]}));
        let token = key.sign(&json!({
            "iss": issuer.url, "aud": PUBLIC_URL, "jti": "1", "sub": "project_path:acme/shop",
            "project_id": "22", "ref_protected": "true", "ref": "main", "user_email": "a@b.c",
            "iat": epoch(0), "nbf": epoch(-5), "exp": epoch(3600),
        }));
        assert!(
            world.identities.exchange(&token, None, at(1)).await.is_ok(),
            "{}",
            key.algorithm()
        );
    }
}

#[tokio::test]
async fn a_rule_that_is_taken_out_ends_what_it_gave() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let token = rsa_key().sign(&job(&issuer));
    let given = world
        .identities
        .exchange(&token, None, at(1))
        .await
        .unwrap();
    let without = liftlock_identity::Identities::new(
        liftlock_identity::IdentityConfig::default(),
        PUBLIC_URL,
        world.records.clone(),
    );
    let world = World {
        identities: without.unwrap(),
        records: world.records,
    };
    let refused = world
        .by_bearer(given.secret.expose(), at(2))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "rule-gone");
}
