//! People's logins.

use std::collections::BTreeMap;

use liftlock_core::Identity;
use liftlock_identity::{
    Credential, DevicePoll, LOGIN_LASTS, LoggedIn, LoginError, Redirect, SecretKind, SessionUse,
    StartedLogin,
};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::rsa_key;
use crate::world::{CLIENT, World, at, epoch, with};

const BACK: &str = "http://127.0.0.1:4711/callback";

async fn world() -> (Issuer, World) {
    let issuer = Issuer::start(&[rsa_key().jwk()]).await;
    let world = World::people(&issuer);
    (issuer, world)
}

fn id_token(issuer: &Issuer, nonce: &str) -> Value {
    json!({
        "iss": issuer.url, "aud": CLIENT, "sub": "alice", "nonce": nonce, "name": "Alice",
        "groups": ["qa", "ops"], "iat": epoch(0), "exp": epoch(300),
    })
}

/// A login up to where the person has logged in at the provider, which answers with `change` of
/// what it should.
async fn begun(
    (issuer, world): (&Issuer, &World),
    redirect: Redirect,
    change: impl FnOnce(Value) -> Value,
) -> (StartedLogin, BTreeMap<String, String>) {
    let started = world
        .identities
        .start_login(&redirect, at(0))
        .await
        .unwrap();
    let asked: BTreeMap<String, String> = started.url.query_pairs().into_owned().collect();
    let token = rsa_key().sign(&change(id_token(issuer, &asked["nonce"])));
    let mut acts = issuer.acts.lock().unwrap();
    acts.codes.insert(
        "the-code".to_owned(),
        (asked["code_challenge"].clone(), token),
    );
    drop(acts);
    (started, asked)
}

fn loopback() -> Redirect {
    Redirect::loopback(BACK).unwrap()
}

async fn finish(
    world: &World,
    started: &StartedLogin,
    query: &str,
) -> Result<LoggedIn, LoginError> {
    let login = started.login.expose();
    world
        .identities
        .finish_login(login, query, None, at(1))
        .await
}

#[tokio::test]
async fn a_person_logs_in_from_the_command_line() {
    let (issuer, world) = world().await;
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["redirect_uri"], BACK);
    assert_eq!(asked["scope"], "openid profile");
    let query = format!("code=the-code&state={}", asked["state"]);
    let done = finish(&world, &started, &query).await.unwrap();
    assert_eq!(done.identity, Identity::Oidc("alice".to_owned()));
    assert_eq!(done.name.as_deref(), Some("Alice"));
    let caller = world.by_bearer(done.session.expose(), at(2)).await.unwrap();
    assert_eq!(caller.groups, ["ops".to_owned(), "qa".to_owned()].into());
    let Credential::Session { used_by, .. } = caller.credential else {
        panic!("{caller:?}")
    };
    assert_eq!(used_by, SessionUse::CommandLine);
    // Nothing that is kept ends a login or is a session.
    let form = issuer.acts.lock().unwrap().forms[0].clone();
    let kept = world.records.text();
    for secret in [&form["code_verifier"], &asked["state"], &asked["nonce"]] {
        assert!(!kept.contains(secret.as_str()));
    }
    assert!(!kept.contains(&done.session.expose()[6..30]));
    assert_eq!(started.login.kind(), SecretKind::Login);
    assert!(
        world
            .by_bearer(started.login.expose(), at(1))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_login_ends_once() {
    let (issuer, world) = world().await;
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    let query = format!("code=the-code&state={}", asked["state"]);
    let both = tokio::join!(
        finish(&world, &started, &query),
        finish(&world, &started, &query)
    );
    assert_eq!(
        [both.0.is_ok(), both.1.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
    let again = finish(&world, &started, &query).await.unwrap_err();
    assert!(matches!(again, LoginError::Unknown), "{again}");
}

#[tokio::test]
async fn an_answer_to_another_login_is_refused_and_its_code_not_sent() {
    let (issuer, world) = world().await;
    let other = world
        .identities
        .start_login(&loopback(), at(0))
        .await
        .unwrap();
    let other: BTreeMap<String, String> = other.url.query_pairs().into_owned().collect();
    for query in [
        "code=the-code".to_owned(),
        "code=the-code&state=".to_owned(),
        format!("code=the-code&state={}", other["state"]),
        String::new(),
    ] {
        let (started, _) = begun((&issuer, &world), loopback(), |claims| claims).await;
        let refused = finish(&world, &started, &query).await.unwrap_err();
        assert!(matches!(refused, LoginError::State), "{query}: {refused}");
    }
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    let twice = format!("code=the-code&state={0}&state={0}", asked["state"]);
    let refused = finish(&world, &started, &twice).await.unwrap_err();
    assert!(matches!(refused, LoginError::Answer(_)), "{refused}");
    assert_eq!(issuer.times_asked("/token"), 0);
}

#[tokio::test]
async fn the_providers_refusal_is_passed_on() {
    let (issuer, world) = world().await;
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    let query = format!("error=access_denied&state={}", asked["state"]);
    let refused = finish(&world, &started, &query).await.unwrap_err();
    assert!(
        matches!(&refused, LoginError::Refused(why) if why == "access_denied"),
        "{refused}"
    );
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    let query = format!("code=another&state={}", asked["state"]);
    let refused = finish(&world, &started, &query).await.unwrap_err();
    assert!(matches!(refused, LoginError::Refused(_)), "{refused}");
}

#[tokio::test]
async fn an_answer_says_from_whom_it_is() {
    let (issuer, world) = world().await;
    let check = async |iss: &str, is_fine: bool| {
        let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
        let query = format!("code=the-code&state={}{iss}", asked["state"]);
        let answer = finish(&world, &started, &query).await;
        assert_eq!(answer.is_ok(), is_fine, "{iss}: {answer:?}");
    };
    let ours = format!("&iss={}", issuer.url);
    check("&iss=https://evil.example.com", false).await;
    check(&ours, true).await;
    check("", true).await;
    let strict = Issuer::start(&[rsa_key().jwk()]).await;
    strict.says(
        "authorization_response_iss_parameter_supported",
        json!(true),
    );
    let world = World::people(&strict);
    let (started, asked) = begun((&strict, &world), loopback(), |claims| claims).await;
    let query = format!("code=the-code&state={}", asked["state"]);
    let refused = finish(&world, &started, &query).await.unwrap_err();
    assert!(matches!(refused, LoginError::OtherIssuer(_)), "{refused}");
}

#[tokio::test]
async fn an_id_token_that_is_not_for_this_login_is_refused() {
    let (issuer, world) = world().await;
    let check = async |name: &str, value: Value, is_fine: bool| {
        let (name_, value_) = (name.to_owned(), value.clone());
        let change = move |claims| with(claims, &name_, value_);
        let (started, asked) = begun((&issuer, &world), loopback(), change).await;
        let query = format!("code=the-code&state={}", asked["state"]);
        let answer = finish(&world, &started, &query).await;
        assert_eq!(answer.is_ok(), is_fine, "{name} {value}: {answer:?}");
    };
    check("nonce", json!("another"), false).await;
    check("nonce", Value::Null, false).await;
    check("iss", json!("https://evil.example.com"), false).await;
    check("aud", json!("another"), false).await;
    check("aud", json!(["another", CLIENT]), false).await;
    check("aud", json!([CLIENT]), true).await;
    check("azp", json!("another"), false).await;
    check("azp", json!(CLIENT), true).await;
    check("exp", json!(epoch(-61)), false).await;
    check("sub", json!(""), false).await;
    check("sub", json!("a b"), false).await;
    check("sub", json!("é"), false).await;
    check("sub", json!("x".repeat(256)), false).await;
    check("groups", json!([1]), false).await;
    check("groups", Value::Null, true).await;
}

#[tokio::test]
async fn two_audiences_need_the_party_that_the_token_was_given_to() {
    let (issuer, world) = world().await;
    let change = |claims| {
        with(
            with(claims, "aud", json!([CLIENT, "api"])),
            "azp",
            json!(CLIENT),
        )
    };
    let (started, asked) = begun((&issuer, &world), loopback(), change).await;
    let query = format!("code=the-code&state={}", asked["state"]);
    assert!(finish(&world, &started, &query).await.is_ok());
}

#[tokio::test]
async fn the_code_of_another_login_is_worth_nothing_here() {
    let (issuer, world) = world().await;
    // The victim's code comes to an attacker, who has begun a login of their own.
    begun((&issuer, &world), loopback(), |claims| claims).await;
    let attack = world
        .identities
        .start_login(&loopback(), at(0))
        .await
        .unwrap();
    let asked: BTreeMap<String, String> = attack.url.query_pairs().into_owned().collect();
    let query = format!("code=the-code&state={}", asked["state"]);
    let refused = finish(&world, &attack, &query).await.unwrap_err();
    assert!(matches!(refused, LoginError::Refused(_)), "{refused}");
}

#[tokio::test]
async fn a_login_that_takes_too_long_is_over() {
    let (issuer, world) = world().await;
    let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
    let query = format!("code=the-code&state={}", asked["state"]);
    let login = started.login.expose();
    let late = at(0) + LOGIN_LASTS;
    let refused = world
        .identities
        .finish_login(login, &query, None, late)
        .await
        .unwrap_err();
    assert!(matches!(refused, LoginError::Unknown), "{refused}");
}

#[tokio::test]
async fn the_clients_secret_goes_into_a_header_or_where_the_provider_wants_it() {
    for (methods, in_form) in [
        (json!(["client_secret_basic", "client_secret_post"]), false),
        (json!(["client_secret_post"]), true),
    ] {
        let issuer = Issuer::start(&[rsa_key().jwk()]).await;
        issuer.says("token_endpoint_auth_methods_supported", methods);
        let file = std::env::temp_dir().join(format!("liftlock-client-{}", std::process::id()));
        std::fs::write(&file, "s:e c%ret\n").unwrap();
        let world = World::of(json!({ "people": {
            "issuer": issuer.url, "client_id": CLIENT, "client_secret": { "file": file },
        }}));
        std::fs::remove_file(&file).unwrap();
        let (started, asked) = begun((&issuer, &world), loopback(), |claims| claims).await;
        let query = format!("code=the-code&state={}", asked["state"]);
        finish(&world, &started, &query).await.unwrap();
        let acts = issuer.acts.lock().unwrap();
        let given = acts.forms[0].get("client_secret").map(String::as_str);
        assert_eq!(given, in_form.then_some("s:e c%ret"));
        // base64 of liftlock:s%3Ae+c%25ret
        let basic = "Basic bGlmdGxvY2s6cyUzQWUrYyUyNXJldA==".to_owned();
        assert_eq!(acts.authorizations[0], (!in_form).then_some(basic));
    }
}

#[tokio::test]
async fn a_person_logs_in_on_another_screen() {
    let (issuer, world) = world().await;
    let started = world.identities.start_device(at(0)).await.unwrap();
    assert_eq!(started.user_code, "ABCD-EFGH");
    assert!(!world.records.text().contains("the-device-code"));
    let poll = async |code: &str, now: i64| {
        let login = started.login.expose();
        world.identities.poll_device(login, code, at(now)).await
    };
    assert!(matches!(
        poll("the-device-code", 5).await,
        Ok(DevicePoll::Pending { interval_s: 5 })
    ));
    assert!(matches!(
        poll("another", 10).await,
        Err(LoginError::Unknown)
    ));
    issuer.acts.lock().unwrap().device = Some(rsa_key().sign(&id_token(&issuer, "")));
    // One that does not wait is not passed on.
    assert!(matches!(
        poll("the-device-code", 6).await,
        Ok(DevicePoll::Pending { .. })
    ));
    assert_eq!(issuer.times_asked("/token"), 1);
    let Ok(DevicePoll::Done(done)) = poll("the-device-code", 15).await else {
        panic!("not logged in")
    };
    let caller = world
        .by_bearer(done.session.expose(), at(16))
        .await
        .unwrap();
    assert_eq!(caller.actor.to_string(), "oidc:alice");
    assert!(matches!(
        poll("the-device-code", 30).await,
        Err(LoginError::Unknown)
    ));
}

#[tokio::test]
async fn a_provider_without_other_screens_is_said_to_have_none() {
    let issuer = Issuer::start(&[rsa_key().jwk()]).await;
    issuer.says("device_authorization_endpoint", Value::Null);
    let world = World::people(&issuer);
    let refused = world.identities.start_device(at(0)).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("device_authorization_endpoint"),
        "{refused}"
    );
    let nobody = World::of(json!({}))
        .identities
        .start_device(at(0))
        .await
        .unwrap_err();
    assert!(matches!(nobody, LoginError::NoProvider), "{nobody}");
}

#[tokio::test]
async fn what_a_provider_shows_on_another_screen_is_plain() {
    for (name, value) in [
        ("user_code", json!("AB\u{1b}[2J")),
        ("user_code", json!("")),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri_complete", json!("file:///etc/passwd")),
    ] {
        let (issuer, world) = world().await;
        let good = json!({"device_code": "x", "user_code": "A", "expires_in": 60,
            "verification_uri": "https://a.example.com"});
        issuer.answers("/device", 200, with(good, name, value).to_string());
        let refused = world.identities.start_device(at(0)).await.unwrap_err();
        assert!(matches!(refused, LoginError::Answer(_)), "{refused}");
    }
}
