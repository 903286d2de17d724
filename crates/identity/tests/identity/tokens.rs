//! Named tokens.

use liftlock_core::{Authentication, Identity, Span};
use liftlock_identity::{NewToken, Scope, SecretError, SecretKind, TokenError};
use liftlock_identity::{Refused, TOKEN_LASTS, TOKEN_LASTS_MAX, TOKENS_MAX};
use serde_json::json;

use crate::world::{World, at};

fn wanted(name: &str) -> NewToken {
    NewToken {
        name: name.parse().unwrap(),
        lasts: None,
        labels: None,
        pipelines: None,
    }
}

#[tokio::test]
async fn a_token_is_who_it_is_named_after() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let made = world
        .identities
        .create_token(&root, wanted("ci"), at(2))
        .await
        .unwrap();
    let caller = world.by_bearer(made.secret.expose(), at(3)).await.unwrap();
    assert_eq!(
        caller.actor.identity,
        Identity::Token("ci".parse().unwrap())
    );
    assert_eq!(caller.actor.authentication, Authentication::Authenticated);
    assert_eq!(caller.scope, Scope::All);
    assert!(!caller.administrator);
    assert_eq!(made.token.expires, at(2) + TOKEN_LASTS);
    assert_eq!(
        made.token.created_by,
        Identity::Token("root".parse().unwrap())
    );
}

#[tokio::test]
async fn no_secret_is_kept_or_listed() {
    let world = World::of(json!({}));
    let (root_secret, root) = world.administrator().await;
    let made = world
        .identities
        .create_token(&root, wanted("ci"), at(2))
        .await
        .unwrap();
    let listed = world.identities.tokens(&root, None).await.unwrap();
    let listed = serde_json::to_string(&listed).unwrap();
    for secret in [root_secret.as_str(), made.secret.expose()] {
        let letters = &secret[SecretKind::Token.prefix().len()..];
        for piece in [&letters[..12], &letters[52..]] {
            assert!(!world.records.text().contains(piece));
            assert!(!listed.contains(piece));
            assert!(!format!("{made:?}").contains(piece));
        }
    }
    assert!(listed.contains("\"ci\""));
}

#[tokio::test]
async fn one_that_is_revoked_or_expired_is_nobody() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let identities = &world.identities;
    let made = identities
        .create_token(&root, wanted("ci"), at(2))
        .await
        .unwrap();
    let secret = made.secret.expose();
    let last = at(2) + TOKEN_LASTS - Span::from_us(1);
    assert!(world.by_bearer(secret, last).await.is_ok());
    let expired = world
        .by_bearer(secret, at(2) + TOKEN_LASTS)
        .await
        .unwrap_err();
    assert!(matches!(expired, Refused::Expired { .. }), "{expired}");
    let revoked = identities.revoke_token(&root, "ci", at(9)).await.unwrap();
    assert_eq!(revoked.len(), 1);
    let ended = world.by_bearer(secret, at(10)).await.unwrap_err();
    assert!(matches!(ended, Refused::Ended { .. }), "{ended}");
    let again = identities
        .revoke_token(&root, "ci", at(11))
        .await
        .unwrap_err();
    assert!(matches!(again, TokenError::Unknown(_)), "{again}");
}

#[tokio::test]
async fn a_name_may_have_two_tokens_while_one_replaces_the_other() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let identities = &world.identities;
    let old = identities
        .create_token(&root, wanted("ci"), at(2))
        .await
        .unwrap();
    let new = identities
        .create_token(&root, wanted("ci"), at(3))
        .await
        .unwrap();
    identities
        .revoke_token(&root, &old.token.id, at(4))
        .await
        .unwrap();
    assert!(world.by_bearer(old.secret.expose(), at(5)).await.is_err());
    assert!(world.by_bearer(new.secret.expose(), at(5)).await.is_ok());
}

#[tokio::test]
async fn only_an_administrator_makes_lists_and_revokes() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let identities = &world.identities;
    let made = identities
        .create_token(&root, wanted("ci"), at(2))
        .await
        .unwrap();
    let ci = world.by_bearer(made.secret.expose(), at(3)).await.unwrap();
    let refused = |error: TokenError| assert!(matches!(error, TokenError::NotAdministrator(_)));
    refused(
        identities
            .create_token(&ci, wanted("more"), at(4))
            .await
            .unwrap_err(),
    );
    refused(identities.tokens(&ci, None).await.unwrap_err());
    refused(
        identities
            .revoke_token(&ci, "root", at(4))
            .await
            .unwrap_err(),
    );
    // But it may give itself up.
    assert!(
        identities
            .revoke_token(&ci, &made.token.id, at(5))
            .await
            .is_ok()
    );
    assert!(world.by_bearer(made.secret.expose(), at(6)).await.is_err());
}

#[tokio::test]
async fn an_administrators_token_for_some_pipelines_is_no_administrator() {
    let world = World::of(json!({ "administrators": ["token:root"] }));
    let mut root = World::of(json!({})).administrator().await.1;
    root.actor.identity = "token:root".parse().unwrap();
    let mut narrow = wanted("root");
    narrow.pipelines = Some(["shop".parse().unwrap()].into());
    let made = world
        .identities
        .create_token(&root, narrow, at(2))
        .await
        .unwrap();
    let caller = world.by_bearer(made.secret.expose(), at(3)).await.unwrap();
    assert!(!caller.administrator);
    assert!(caller.scope.allows(&"shop".parse().unwrap()));
    assert!(!caller.scope.allows(&"other".parse().unwrap()));
}

#[tokio::test]
async fn what_is_asked_for_has_limits() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let identities = &world.identities;
    let year = TOKEN_LASTS_MAX;
    for (lasts, is_fine) in [
        (Span::ZERO, false),
        (Span::from_secs(59), false),
        (Span::from_secs(60), true),
        (year, true),
        (year + Span::from_us(1), false),
    ] {
        let asked = NewToken {
            lasts: Some(lasts),
            ..wanted("ci")
        };
        let made = identities.create_token(&root, asked, at(2)).await;
        assert_eq!(made.is_ok(), is_fine, "{lasts}");
    }
    let none = NewToken {
        pipelines: Some([].into()),
        ..wanted("ci")
    };
    let refused = identities
        .create_token(&root, none, at(2))
        .await
        .unwrap_err();
    assert!(matches!(refused, TokenError::Scope(_)), "{refused}");
    // root, and the two above.
    for _ in 3..TOKENS_MAX {
        identities
            .create_token(&root, wanted("many"), at(3))
            .await
            .unwrap();
    }
    let refused = identities
        .create_token(&root, wanted("many"), at(3))
        .await
        .unwrap_err();
    assert!(matches!(refused, TokenError::Many), "{refused}");
    let revoked = identities.revoke_token(&root, "many", at(4)).await.unwrap();
    assert_eq!(revoked.len() as u64, TOKENS_MAX - 3);
    assert!(
        identities
            .create_token(&root, wanted("many"), at(5))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    for n in 0..250 {
        let wanted = wanted(&format!("ci-{n}"));
        world
            .identities
            .create_token(&root, wanted, at(2))
            .await
            .unwrap();
    }
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let page = world
            .identities
            .tokens(&root, after.as_deref())
            .await
            .unwrap();
        ids.extend(page.tokens.into_iter().map(|token| token.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 251);
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_hour() {
    let world = World::of(json!({}));
    let (secret, root) = world.administrator().await;
    let used = async || world.identities.tokens(&root, None).await.unwrap().tokens[0].used;
    assert_eq!(used().await, Some(at(1)));
    world.by_bearer(&secret, at(1800)).await.unwrap();
    assert_eq!(used().await, Some(at(1)));
    world.by_bearer(&secret, at(3700)).await.unwrap();
    assert_eq!(used().await, Some(at(3700)));
}

#[tokio::test]
async fn a_mistyped_token_is_told_from_an_unknown_one() {
    let world = World::of(json!({}));
    let other = World::of(json!({})).administrator().await.0;
    let unknown = world.by_bearer(&other, at(1)).await.unwrap_err();
    assert!(matches!(unknown, Refused::Unknown), "{unknown}");
    let cut = world
        .by_bearer(&other[..other.len() - 1], at(1))
        .await
        .unwrap_err();
    assert!(
        matches!(cut, Refused::Secret(SecretError::Mistyped)),
        "{cut}"
    );
    let foreign = world.by_bearer("ghp_0123456789", at(1)).await.unwrap_err();
    assert!(
        matches!(foreign, Refused::Secret(SecretError::Foreign)),
        "{foreign}"
    );
}
