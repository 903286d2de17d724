//! Sessions in browsers, and what keeps other sites' pages out of them.

use std::collections::BTreeMap;

use liftlock_core::{Span, Time};
use liftlock_identity::{CSRF_HEADER, Caller, LoggedIn, Redirect, Refused, SESSIONS_MAX};
use reqwest::Method;
use serde_json::json;

use crate::issuer::Issuer;
use crate::keys::rsa_key;
use crate::world::{CLIENT, PUBLIC_URL, World, at, epoch, headers};

/// Logs a person in at the server, as a browser does.
async fn browser(world: &World, issuer: &Issuer, replaces: Option<&str>, now: i64) -> LoggedIn {
    let started = world
        .identities
        .start_login(&Redirect::Server, at(now))
        .await
        .unwrap();
    let asked: BTreeMap<String, String> = started.url.query_pairs().into_owned().collect();
    assert_eq!(
        asked["redirect_uri"],
        format!("{PUBLIC_URL}/login/callback")
    );
    let token = rsa_key().sign(&json!({
        "iss": issuer.url, "aud": CLIENT, "sub": "alice", "nonce": asked["nonce"],
        "iat": epoch(now), "exp": epoch(now + 300),
    }));
    let code = (asked["code_challenge"].clone(), token);
    issuer
        .acts
        .lock()
        .unwrap()
        .codes
        .insert("c".to_owned(), code);
    let query = format!("code=c&state={}", asked["state"]);
    let login = started.login.expose();
    let done = world
        .identities
        .finish_login(login, &query, replaces, at(now))
        .await;
    done.unwrap()
}

async fn world() -> (Issuer, World, LoggedIn) {
    let issuer = Issuer::start(&[rsa_key().jwk()]).await;
    let world = World::people(&issuer);
    let session = browser(&world, &issuer, None, 0).await;
    (issuer, world, session)
}

fn cookie(session: &LoggedIn) -> String {
    format!("a=b; __Host-liftlock-session={}", session.session.expose())
}

async fn get(world: &World, session: &LoggedIn, now: Time) -> Result<Caller, Refused> {
    let headers = headers(&[("cookie", &cookie(session))]);
    world
        .identities
        .authenticate(&headers, &Method::GET, now)
        .await
}

#[tokio::test]
async fn a_browser_is_known_by_its_cookie_alone() {
    let (_, world, session) = world().await;
    let caller = get(&world, &session, at(1)).await.unwrap();
    assert_eq!(caller.actor.to_string(), "oidc:alice");
    let refused = world
        .by_bearer(session.session.expose(), at(1))
        .await
        .unwrap_err();
    assert!(matches!(refused, Refused::WrongUse), "{refused}");
    // Set by a neighbour in the domain, it has another name.
    let plain = format!("liftlock-session={}", session.session.expose());
    let headers = headers(&[("cookie", &plain)]);
    let refused = world
        .identities
        .authenticate(&headers, &Method::GET, at(1))
        .await;
    assert!(matches!(refused, Err(Refused::Nothing)));
}

#[tokio::test]
async fn of_two_session_cookies_none_counts() {
    let (_, world, session) = world().await;
    let both = format!("{}; __Host-liftlock-session=x", cookie(&session));
    let headers = headers(&[("cookie", &both)]);
    let refused = world
        .identities
        .authenticate(&headers, &Method::GET, at(1))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), 400, "{refused}");
}

#[tokio::test]
async fn cookies_are_set_so_that_scripts_and_neighbours_do_not_get_them() {
    let (_, world, _) = world().await;
    let names = world.identities.cookies();
    assert_eq!(
        names.set(names.session(), "x", 60),
        "__Host-liftlock-session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    );
    let names = liftlock_identity::CookieNames::new(false);
    assert_eq!(
        names.set(names.login(), "", 0),
        "liftlock-login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    );
}

#[tokio::test]
async fn what_changes_something_by_cookie_comes_from_our_own_pages() {
    let (_, world, session) = world().await;
    let cookie = cookie(&session);
    let asks = headers(&[("cookie", &cookie)]);
    let csrf = world.identities.csrf_token(&asks, at(1)).await.unwrap();
    let other = {
        let (_, other, session) = self::world().await;
        let asks = headers(&[("cookie", &self::cookie(&session))]);
        other.identities.csrf_token(&asks, at(1)).await.unwrap()
    };
    let check = async |pairs: &[(&str, &str)], code: Option<&str>| {
        let pairs: Vec<_> = pairs
            .iter()
            .copied()
            .chain([("cookie", cookie.as_str())])
            .collect();
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = world
                .identities
                .authenticate(&headers(&pairs), &method, at(2))
                .await;
            let found = answer.as_ref().err().map(Refused::code);
            assert_eq!(found, code, "{method} {pairs:?}");
        }
    };
    let token = (CSRF_HEADER, csrf.as_str());
    let same = ("sec-fetch-site", "same-origin");
    let ours = ("origin", PUBLIC_URL);
    check(&[token, same, ours], None).await;
    check(&[token, same], None).await;
    check(&[token, ours], None).await;
    let refused = Some("cross-site");
    check(&[token], refused).await;
    check(&[same, ours], refused).await;
    check(&[(CSRF_HEADER, &other), same, ours], refused).await;
    check(&[(CSRF_HEADER, ""), same, ours], refused).await;
    for site in ["cross-site", "same-site", "none", ""] {
        check(&[token, ("sec-fetch-site", site), ours], refused).await;
    }
    for origin in [
        "null",
        "",
        "http://liftlock.example.com",
        "https://liftlock.example.com.evil.example",
        "https://liftlock.example.com:8443",
        "https://other.example.com",
    ] {
        check(&[token, same, ("origin", origin)], refused).await;
    }
    assert!(get(&world, &session, at(3)).await.is_ok());
}

#[tokio::test]
async fn a_bearer_token_needs_none_of_that() {
    let (_, world, _) = world().await;
    let (secret, _) = world.administrator().await;
    let bearer = format!("Bearer {secret}");
    let headers = headers(&[
        ("authorization", &bearer),
        ("origin", "https://evil.example.com"),
    ]);
    assert!(
        world
            .identities
            .authenticate(&headers, &Method::POST, at(2))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_day() {
    let (issuer, world, idle) = world().await;
    assert!(get(&world, &idle, at(8 * 3600)).await.is_ok());
    let refused = get(&world, &idle, at(16 * 3600 + 1)).await.unwrap_err();
    assert!(matches!(refused, Refused::Expired { .. }), "{refused}");
    let used = browser(&world, &issuer, None, 0).await;
    for hour in 1..24 {
        assert!(get(&world, &used, at(hour * 3600)).await.is_ok(), "{hour}");
    }
    let refused = get(&world, &used, at(24 * 3600)).await.unwrap_err();
    assert!(matches!(refused, Refused::Expired { .. }), "{refused}");
    assert_eq!(used.expires, at(0) + Span::from_secs(24 * 3600));
}

#[tokio::test]
async fn a_new_login_ends_the_session_before_it() {
    let (issuer, world, before) = world().await;
    let secret = before.session.expose().to_owned();
    let after = browser(&world, &issuer, Some(&secret), 5).await;
    assert_ne!(after.session.expose(), secret);
    let refused = get(&world, &before, at(6)).await.unwrap_err();
    assert!(matches!(refused, Refused::Ended { .. }), "{refused}");
    assert!(get(&world, &after, at(6)).await.is_ok());
}

#[tokio::test]
async fn who_logs_out_is_out() {
    let (issuer, world, session) = world().await;
    let other = browser(&world, &issuer, None, 0).await;
    world
        .identities
        .log_out(session.session.expose(), at(1))
        .await
        .unwrap();
    world
        .identities
        .log_out(session.session.expose(), at(1))
        .await
        .unwrap();
    world.identities.log_out("nonsense", at(1)).await.unwrap();
    assert!(get(&world, &session, at(2)).await.is_err());
    assert!(get(&world, &other, at(2)).await.is_ok());
    let alice = "oidc:alice".parse().unwrap();
    assert_eq!(
        world
            .identities
            .log_out_everywhere(&alice, at(3))
            .await
            .unwrap(),
        1
    );
    assert!(get(&world, &other, at(4)).await.is_err());
}

#[tokio::test]
async fn one_more_session_than_a_person_may_have_ends_the_oldest() {
    let (issuer, world, oldest) = world().await;
    let mut last = None;
    for n in 1..=SESSIONS_MAX {
        last = Some(browser(&world, &issuer, None, n as i64).await);
    }
    assert!(get(&world, &oldest, at(100)).await.is_err());
    assert!(get(&world, &last.unwrap(), at(100)).await.is_ok());
    let alice = "oidc:alice".parse().unwrap();
    assert_eq!(
        world
            .identities
            .sessions(&alice, at(100))
            .await
            .unwrap()
            .len(),
        SESSIONS_MAX
    );
}
