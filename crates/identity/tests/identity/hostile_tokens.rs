//! Tokens that somebody made to be taken for an issuer's.

use liftlock_identity::{ClaimsError, ExchangeError, JWT_BYTES_MAX, TokenRefused};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::{Key, b64, other_rsa_key, rsa_key, sign_hs256};
use crate::world::{World, at, epoch, job, with};

async fn issuer() -> Issuer {
    Issuer::start(&[rsa_key().jwk()]).await
}

async fn refusal(world: &World, token: &str) -> ExchangeError {
    let answer = world.identities.exchange(token, None, at(1)).await;
    answer.map(drop).expect_err("it was accepted")
}

/// The same claims, well signed, are accepted: so it was not something else.
async fn accepted(world: &World, issuer: &Issuer) {
    let good = rsa_key().sign(&job(issuer));
    world.identities.exchange(&good, None, at(1)).await.unwrap();
}

#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let claims = b64(job(&issuer).to_string());
    for alg in ["none", "None", "NONE", "nOnE", "", "RS256 ", "rs256"] {
        let header = b64(json!({"alg": alg, "kid": "rsa-1"}).to_string());
        for signature in ["", "AAAA", &b64([0; 256])] {
            let refused = refusal(&world, &format!("{header}.{claims}.{signature}")).await;
            let wanted = matches!(refused, ExchangeError::Token(TokenRefused::Algorithm(_)));
            assert!(wanted, "{alg}: {refused}");
        }
    }
    let header = b64(json!({"kid": "rsa-1"}).to_string());
    let refused = refusal(&world, &format!("{header}.{claims}.")).await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::Algorithm(_))),
        "{refused}"
    );
    accepted(&world, &issuer).await;
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let key = rsa_key();
    let secrets = [
        key.public_der(),
        key.jwk().to_string().into_bytes(),
        Vec::new(),
    ];
    for secret in secrets {
        for alg in ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
            let header = json!({"alg": alg, "kid": key.kid});
            let token = sign_hs256(&secret, &header, &job(&issuer));
            let refused = refusal(&world, &token).await;
            assert!(
                matches!(refused, ExchangeError::Token(_)),
                "{alg}: {refused}"
            );
        }
    }
    accepted(&world, &issuer).await;
}

/// Were an issuer to publish a shared secret, nothing would be checked with it.
#[tokio::test]
async fn a_published_shared_secret_is_no_key() {
    let issuer = Issuer::start(&[json!({"kty": "oct", "kid": "k", "k": b64("secret")})]).await;
    let world = World::ci(&issuer);
    let header = json!({"alg": "HS256", "kid": "k"});
    let refused = refusal(&world, &sign_hs256(b"secret", &header, &job(&issuer))).await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::Algorithm(_))),
        "{refused}"
    );
}

#[tokio::test]
async fn a_key_in_the_token_is_not_read() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let evil = other_rsa_key();
    let theirs = Issuer::start(&[evil.jwk()]).await;
    let jku = json!(format!("{}/keys", theirs.url));
    for (name, value) in [
        ("jwk", evil.jwk()),
        ("jku", jku.clone()),
        ("x5u", jku.clone()),
        ("x5c", json!([b64(evil.public_der())])),
    ] {
        for kid in ["rsa-1", "rsa-2"] {
            let header = with(json!({"alg": "RS256", "kid": kid}), name, value.clone());
            let token = evil.sign_texts(&header.to_string(), &job(&issuer).to_string());
            let refused = refusal(&world, &token).await;
            assert!(
                matches!(refused, ExchangeError::Token(_)),
                "{name}: {refused}"
            );
        }
    }
    assert_eq!(theirs.acts.lock().unwrap().asked.len(), 0);
    // Beside a good signature they are ignored.
    let header = with(rsa_key().header(), "jku", jku);
    let token = rsa_key().sign_texts(&header.to_string(), &job(&issuer).to_string());
    assert!(world.identities.exchange(&token, None, at(1)).await.is_ok());
}

#[tokio::test]
async fn the_name_of_a_key_leads_nowhere_else() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    for kid in [
        json!("../../../../dev/null"),
        json!("/dev/null"),
        json!("rsa-1\u{0}"),
        json!("rsa-1' OR '1'='1"),
        json!("http://evil.example.com/keys"),
        json!("RSA-1"),
        json!("k".repeat(257)),
        json!(1),
        json!(["rsa-1"]),
        json!(null),
    ] {
        let header = json!({"alg": "RS256", "kid": kid});
        let token = rsa_key().sign_texts(&header.to_string(), &job(&issuer).to_string());
        let refused = refusal(&world, &token).await;
        assert!(
            matches!(refused, ExchangeError::Token(_)),
            "{kid}: {refused}"
        );
    }
    let paths = issuer.acts.lock().unwrap().asked.clone();
    let known = ["/keys", "/.well-known/openid-configuration"];
    assert!(
        paths.iter().all(|path| known.contains(&path.as_str())),
        "{paths:?}"
    );
}

#[tokio::test]
async fn another_key_or_algorithm_does_not_fit() {
    let ec = Key::ec("ec-1");
    let issuer = Issuer::start(&[rsa_key().jwk(), ec.jwk()]).await;
    let world = World::ci(&issuer);
    let claims = job(&issuer).to_string();
    let check = async |signer: &Key, alg: &str, kid: &str| {
        let header = json!({"alg": alg, "kid": kid}).to_string();
        refusal(&world, &signer.sign_texts(&header, &claims)).await
    };
    let refused = check(other_rsa_key(), "RS256", "rsa-1").await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::Signature)),
        "{refused}"
    );
    let refused = check(&ec, "RS256", "ec-1").await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::NoKey { .. })),
        "{refused}"
    );
    let refused = check(rsa_key(), "ES256", "ec-1").await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::Signature)),
        "{refused}"
    );
    for alg in ["RS384", "PS256", "ES384", "ES256K", "EdDSA2"] {
        let refused = check(rsa_key(), alg, "rsa-1").await;
        assert!(
            matches!(refused, ExchangeError::Token(TokenRefused::Algorithm(_))),
            "{refused}"
        );
    }
    accepted(&world, &issuer).await;
}

#[tokio::test]
async fn other_times_issuers_and_audiences_do_not_count() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let check = async |name: &str, value: Value, wanted: fn(&ClaimsError) -> bool| {
        let refused = refusal(
            &world,
            &rsa_key().sign(&with(job(&issuer), name, value.clone())),
        )
        .await;
        let ExchangeError::Token(TokenRefused::Claims(why)) = &refused else {
            panic!("{name} {value}: {refused}")
        };
        assert!(wanted(why), "{name} {value}: {why}");
    };
    let lacks: fn(&ClaimsError) -> bool = |why| matches!(why, ClaimsError::Lacks(_));
    let early: fn(&ClaimsError) -> bool = |why| matches!(why, ClaimsError::Early(_));
    let late: fn(&ClaimsError) -> bool = |why| matches!(why, ClaimsError::Expired(_));
    check("exp", json!(epoch(-60)), late).await;
    check("exp", json!(0), late).await;
    check("exp", Value::Null, lacks).await;
    check("exp", json!("1900000000"), lacks).await;
    check("exp", json!(-1), lacks).await;
    check("exp", json!(1e300), lacks).await;
    check("nbf", json!(epoch(62)), early).await;
    check("nbf", json!("soon"), lacks).await;
    check("iat", json!(epoch(62)), early).await;
    check("iat", Value::Null, lacks).await;
    check("sub", Value::Null, lacks).await;
    accepted(&world, &issuer).await;
    // Within what clocks may differ it counts.
    let token = with(
        with(job(&issuer), "nbf", json!(epoch(61))),
        "jti",
        json!("2"),
    );
    assert!(
        world
            .identities
            .exchange(&rsa_key().sign(&token), None, at(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_is_said_twice_is_not_said() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let header = rsa_key().header().to_string();
    let claims = job(&issuer).to_string();
    let twice = claims.replacen('{', "{\"ref\":\"refs/heads/x\",", 1);
    let refused = refusal(&world, &rsa_key().sign_texts(&header, &twice)).await;
    assert!(matches!(refused, ExchangeError::NoRule), "{refused}");
    let twice = header.replacen('{', "{\"alg\":\"none\",", 1);
    let refused = refusal(&world, &rsa_key().sign_texts(&twice, &claims)).await;
    assert!(
        matches!(refused, ExchangeError::Token(TokenRefused::Form(_))),
        "{refused}"
    );
    accepted(&world, &issuer).await;
}

#[tokio::test]
async fn other_forms_types_and_sizes_are_refused() {
    let issuer = issuer().await;
    let world = World::ci(&issuer);
    let good = rsa_key().sign(&job(&issuer));
    let huge = rsa_key().sign(&with(job(&issuer), "x", json!("x".repeat(JWT_BYTES_MAX))));
    let mut forms = vec![
        String::new(),
        "..".to_owned(),
        good.replacen('.', "", 1),
        format!("{good}.{good}"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        good.replacen('.', "..", 1),
        huge,
        "a".repeat(1 << 20),
    ];
    for header in [
        json!({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": 1}),
        json!({"alg": "RS256", "kid": "rsa-1", "crit": ["b64"], "b64": false}),
        json!({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}),
        json!({"alg": "RS256", "kid": "rsa-1", "typ": "logout+jwt"}),
        json!({"alg": "RS256", "kid": "rsa-1", "typ": 7}),
        json!(["RS256"]),
    ] {
        forms.push(rsa_key().sign_texts(&header.to_string(), &job(&issuer).to_string()));
    }
    for form in forms {
        let shown: String = form.chars().take(60).collect();
        let refused = world.identities.exchange(&form, None, at(1)).await;
        assert!(refused.is_err(), "{shown}");
    }
    accepted(&world, &issuer).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever one changes of a good token, it is no longer one: or it was the same bytes again.
    #[test]
    fn no_byte_of_a_token_can_be_another(at_byte in 0_usize..900, letter in "[A-Za-z0-9_.-]") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let changed = runtime.block_on(async {
            let issuer = issuer().await;
            let world = World::ci(&issuer);
            let good = rsa_key().sign(&job(&issuer));
            let place = at_byte % good.len();
            let mut changed = good.clone();
            changed.replace_range(place..=place, &letter);
            (changed == good) || world.identities.exchange(&changed, None, at(1)).await.is_err()
        });
        prop_assert!(changed);
    }
}
