//! An issuer's keys, while it changes them, does not answer, or answers nonsense.

use liftlock_core::Time;
use liftlock_identity::{ExchangeError, KEYS_LAST, REFETCH_PAUSE, TokenRefused};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::{Key, other_rsa_key, rsa_key};
use crate::world::{World, at, epoch, job, with};

const KEYS: &str = "/keys";
const DISCOVERY: &str = "/.well-known/openid-configuration";

struct Jobs {
    issuer: Issuer,
    world: World,
    count: std::cell::Cell<u64>,
}

impl Jobs {
    async fn new() -> Self {
        let issuer = Issuer::start(&[rsa_key().jwk()]).await;
        let world = World::ci(&issuer);
        Self {
            issuer,
            world,
            count: Default::default(),
        }
    }

    /// A new job's token, signed by `key` at `now`, is exchanged.
    async fn run(&self, key: &Key, now: Time) -> Result<(), ExchangeError> {
        self.count.set(self.count.get() + 1);
        let claims = with(
            job(&self.issuer),
            "jti",
            json!(self.count.get().to_string()),
        );
        let seconds = now.us() / 1_000_000;
        let claims = with(claims, "exp", json!(seconds + 300));
        self.world
            .identities
            .exchange(&key.sign(&claims), None, now)
            .await
            .map(drop)
    }
}

#[tokio::test]
async fn keys_are_asked_for_once_and_then_kept() {
    let jobs = Jobs::new().await;
    for n in 0..20 {
        jobs.run(rsa_key(), at(n)).await.unwrap();
    }
    assert_eq!(jobs.issuer.times_asked(KEYS), 1);
    assert_eq!(jobs.issuer.times_asked(DISCOVERY), 1);
}

#[tokio::test]
async fn a_new_key_is_found_and_one_taken_back_stops_to_count() {
    let jobs = Jobs::new().await;
    jobs.run(rsa_key(), at(0)).await.unwrap();
    jobs.issuer.publish(&[other_rsa_key().jwk()]);
    let after = at(0) + REFETCH_PAUSE;
    jobs.run(other_rsa_key(), after).await.unwrap();
    assert_eq!(jobs.issuer.times_asked(KEYS), 2);
    let refused = jobs
        .run(rsa_key(), after + REFETCH_PAUSE)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::NoKey { .. })),
        "{refused}"
    );
}

#[tokio::test]
async fn a_key_taken_back_stops_to_count_by_itself() {
    let jobs = Jobs::new().await;
    jobs.run(rsa_key(), at(0)).await.unwrap();
    jobs.issuer.publish(&[]);
    jobs.run(rsa_key(), at(1)).await.unwrap();
    assert!(jobs.run(rsa_key(), at(0) + KEYS_LAST).await.is_err());
}

#[tokio::test]
async fn unknown_keys_make_us_ask_once_a_minute() {
    let jobs = Jobs::new().await;
    jobs.run(rsa_key(), at(0)).await.unwrap();
    for n in 0..50 {
        assert!(jobs.run(other_rsa_key(), at(1 + n)).await.is_err());
    }
    assert_eq!(jobs.issuer.times_asked(KEYS), 1);
    for n in 60..110 {
        assert!(jobs.run(other_rsa_key(), at(n)).await.is_err());
    }
    assert_eq!(jobs.issuer.times_asked(KEYS), 2);
    jobs.run(rsa_key(), at(110)).await.unwrap();
}

#[tokio::test]
async fn an_issuer_that_is_away_is_borne_for_some_hours() {
    let jobs = Jobs::new().await;
    jobs.run(rsa_key(), at(0)).await.unwrap();
    jobs.issuer.answers(KEYS, 500, "");
    jobs.run(rsa_key(), at(0) + KEYS_LAST).await.unwrap();
    jobs.run(rsa_key(), at(5 * 3600)).await.unwrap();
    let refused = jobs.run(rsa_key(), at(6 * 3600)).await.unwrap_err();
    assert_eq!(refused.status(), 503, "{refused}");
}

#[tokio::test]
async fn answers_that_cannot_be_used_are_no_keys() {
    let many: Vec<Value> = (0..101).map(|_| rsa_key().jwk()).collect();
    for (path, status, body) in [
        (KEYS, 500, String::new()),
        (KEYS, 302, String::new()),
        (KEYS, 200, "<html>".to_owned()),
        (KEYS, 200, "[]".to_owned()),
        (KEYS, 200, format!("{}{{}}", " ".repeat(300 * 1024))),
        (KEYS, 200, json!({ "keys": many }).to_string()),
        (DISCOVERY, 301, String::new()),
        (DISCOVERY, 404, String::new()),
        (DISCOVERY, 200, "{}".to_owned()),
    ] {
        let jobs = Jobs::new().await;
        jobs.issuer.answers(path, status, body.as_str());
        let refused = jobs.run(rsa_key(), at(0)).await.unwrap_err();
        assert_eq!(
            refused.code(),
            "issuer-unavailable",
            "{path} {status}: {refused}"
        );
        assert_eq!(jobs.issuer.times_asked("/elsewhere"), 0);
    }
}

#[tokio::test]
async fn an_issuer_speaks_for_itself_alone() {
    for (name, value) in [
        ("issuer", json!("https://other.example.com")),
        ("jwks_uri", json!("http://other.example.com/keys")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("jwks_uri", json!("http://user:password@127.0.0.1/keys")),
        ("token_endpoint", json!("ftp://127.0.0.1/")),
    ] {
        let jobs = Jobs::new().await;
        jobs.issuer.says(name, value.clone());
        let refused = jobs.run(rsa_key(), at(0)).await.unwrap_err();
        assert_eq!(
            refused.code(),
            "issuer-unavailable",
            "{name} {value}: {refused}"
        );
    }
}

#[tokio::test]
async fn keys_that_are_not_for_signatures_or_too_weak_are_left_out() {
    let change = |name: &str, value: Value| with(rsa_key().jwk(), name, value);
    for jwk in [
        change("use", json!("enc")),
        change("use", json!(1)),
        change("alg", json!("RS512")),
        change("alg", json!("HS256")),
        change("n", json!("AQAB")),
        change("n", json!("not base64!")),
        change("kty", json!("EC")),
    ] {
        let jobs = Jobs::new().await;
        jobs.issuer.publish(std::slice::from_ref(&jwk));
        let refused = jobs.run(rsa_key(), at(0)).await.unwrap_err();
        let wanted = matches!(refused, ExchangeError::Token(TokenRefused::NoKey { .. }));
        assert!(wanted, "{jwk}: {refused}");
    }
    // Two keys of one name are none.
    let jobs = Jobs::new().await;
    let twin = with(other_rsa_key().jwk(), "kid", json!("rsa-1"));
    jobs.issuer.publish(&[rsa_key().jwk(), twin]);
    assert!(jobs.run(rsa_key(), at(0)).await.is_err());
}

#[tokio::test]
async fn without_a_name_the_only_key_is_meant() {
    let jobs = Jobs::new().await;
    let header = json!({"alg": "RS256"}).to_string();
    let claims = with(job(&jobs.issuer), "exp", json!(epoch(300)));
    let token = rsa_key().sign_texts(&header, &claims.to_string());
    jobs.world
        .identities
        .exchange(&token, None, at(0))
        .await
        .unwrap();
    let jobs = Jobs::new().await;
    jobs.issuer
        .publish(&[rsa_key().jwk(), other_rsa_key().jwk()]);
    let claims = job(&jobs.issuer).to_string();
    let token = rsa_key().sign_texts(&header, &claims);
    assert!(
        jobs.world
            .identities
            .exchange(&token, None, at(0))
            .await
            .is_err()
    );
}
