//! The first administrator.

use liftlock_core::Identity;
use liftlock_identity::{AdministratorError, FirstAdministrator, SETUP_LASTS, SetupError};
use serde_json::json;

use crate::world::{World, at};

fn token(name: &str) -> FirstAdministrator {
    FirstAdministrator::Token(name.parse().unwrap())
}

#[tokio::test]
async fn a_setup_token_names_one_administrator_and_is_void() {
    let world = World::of(json!({}));
    let identities = &world.identities;
    let first = identities.setup_token(at(0)).await.unwrap().unwrap();
    let second = identities.setup_token(at(1)).await.unwrap().unwrap();
    let done = identities
        .redeem_setup(first.expose(), token("root"), at(2))
        .await
        .unwrap();
    let secret = done.token.unwrap().secret;
    assert!(
        world
            .by_bearer(secret.expose(), at(3))
            .await
            .unwrap()
            .administrator
    );
    let again = identities
        .redeem_setup(first.expose(), token("me"), at(4))
        .await
        .unwrap_err();
    assert!(matches!(again, SetupError::Void), "{again}");
    let other = identities
        .redeem_setup(second.expose(), token("me"), at(4))
        .await
        .unwrap_err();
    assert!(matches!(other, SetupError::Done), "{other}");
    assert!(identities.setup_token(at(5)).await.unwrap().is_none());
}

#[tokio::test]
async fn it_is_void_after_a_day() {
    let world = World::of(json!({}));
    let setup = world.identities.setup_token(at(0)).await.unwrap().unwrap();
    let late = at(0) + SETUP_LASTS;
    let refused = world
        .identities
        .redeem_setup(setup.expose(), token("root"), late)
        .await;
    assert!(matches!(refused, Err(SetupError::Void)));
}

#[tokio::test]
async fn what_cannot_be_done_uses_nothing_up() {
    let world = World::of(json!({ "ci": [{
        "name": "shop", "issuer": "https://ci.example.com", "audience": "a",
        "claims": { "project_id": "7" },
    }]}));
    let identities = &world.identities;
    let setup = identities.setup_token(at(0)).await.unwrap().unwrap();
    let claimed = FirstAdministrator::Person(Identity::User("me".parse().unwrap()));
    let absent = FirstAdministrator::Person(Identity::Token("ci".parse().unwrap()));
    for first in [claimed, absent, token("shop")] {
        assert!(
            identities
                .redeem_setup(setup.expose(), first, at(1))
                .await
                .is_err()
        );
    }
    let person: Identity = "oidc:alice".parse().unwrap();
    let first = FirstAdministrator::Person(person.clone());
    let done = identities
        .redeem_setup(setup.expose(), first, at(2))
        .await
        .unwrap();
    assert_eq!(done.administrator, person);
    assert!(done.token.is_none());
}

#[tokio::test]
async fn with_an_administrator_in_the_configuration_there_is_none() {
    let world = World::of(json!({ "administrators": ["oidc:alice"] }));
    assert!(world.identities.setup_token(at(0)).await.unwrap().is_none());
}

#[tokio::test]
async fn another_token_is_no_setup_token() {
    let world = World::of(json!({}));
    let other = World::of(json!({})).administrator().await.0;
    let refused = world
        .identities
        .redeem_setup(&other, token("root"), at(1))
        .await;
    assert!(matches!(refused, Err(SetupError::Void)));
    let setup = world.identities.setup_token(at(0)).await.unwrap().unwrap();
    assert!(world.by_bearer(setup.expose(), at(1)).await.is_err());
}

#[tokio::test]
async fn of_two_that_come_at_once_one_is_the_first() {
    let world = World::of(json!({}));
    let setup = world.identities.setup_token(at(0)).await.unwrap().unwrap();
    let redeem = |name: &'static str| {
        world
            .identities
            .redeem_setup(setup.expose(), token(name), at(1))
    };
    let (one, two) = tokio::join!(redeem("one"), redeem("two"));
    assert_eq!(
        [one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(),
        1
    );
    assert_eq!(world.identities.administrators().await.unwrap().len(), 1);
}

#[tokio::test]
async fn administrators_name_and_remove_one_another_but_not_the_last() {
    let world = World::of(json!({}));
    let (_, root) = world.administrator().await;
    let identities = &world.identities;
    let alice: Identity = "oidc:alice".parse().unwrap();
    let own = root.actor.identity.clone();
    let last = identities
        .remove_administrator(&root, &own, at(2))
        .await
        .unwrap_err();
    assert!(matches!(last, AdministratorError::Last(_)), "{last}");
    identities
        .name_administrator(&root, &alice, at(3))
        .await
        .unwrap();
    identities
        .remove_administrator(&root, &own, at(4))
        .await
        .unwrap();
    assert_eq!(identities.administrators().await.unwrap(), [alice].into());
    let claimed: Identity = "user:bob".parse().unwrap();
    let refused = identities
        .name_administrator(&root, &claimed, at(5))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, AdministratorError::Claimed(_)),
        "{refused}"
    );
}
