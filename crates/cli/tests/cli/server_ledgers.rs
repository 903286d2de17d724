//! What is verified of a server's ledger is not the server's word.

use liftlock_testkit::Output;

use crate::asked::Serving;
use crate::bundles::{carry, here, there};
use crate::crooked::Crooked;
use crate::sample::{shop_in_staging, to_production};
use crate::scenario::{LIFTLOCK, Scenario};

/// What becomes of an answer's bytes.
type Turned = fn(Vec<u8>) -> Vec<u8>;

/// A shop in production, its server, and who stands before that.
struct Shop {
    s: Scenario,
    crooked: Crooked,
    image: String,
    _serving: Serving,
}

impl Shop {
    fn new() -> Self {
        let s = shop_in_staging();
        to_production(&s, "1.0.0");
        let image = s.world.reference("shop/api", "production");
        let key = s.world.run(LIFTLOCK, &["log", "key"]).stdout;
        s.world.write("log-key.txt", &key);
        let serving = Serving::begin(&s.world);
        let crooked = Crooked::before(&serving.address);
        Self {
            s,
            crooked,
            image,
            _serving: serving,
        }
    }

    fn run(&self, words: &[&str]) -> Output {
        let state = ("LIFTLOCK_STATE", self.crooked.address.as_str());
        self.s.world.run_with(LIFTLOCK, words, state)
    }

    fn check(&self, code: i32, words: &[&str]) -> Output {
        let output = self.run(words);
        assert_eq!(output.code, code, "{words:?}: {output:?}");
        output
    }

    fn verify(&self, code: i32) -> Output {
        let key = ["--log-key", "log-key.txt"];
        let verify = ["verify", &self.image, "--environment", "production"];
        self.check(code, &[&verify[..], &key].concat())
    }

    fn log_verify(&self, code: i32) -> Output {
        self.check(code, &["log", "verify", "--log-key", "log-key.txt"])
    }

    /// Nobody is an auditor any more.
    fn refuses_entries(&self, rest: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + 'static) {
        let refusal = br#"{"version":1,"error":{"code":"not-allowed","message":"you may not"}}"#;
        self.crooked.now(move |path, (status, bytes)| {
            match path.starts_with("/log/tile/entries") {
                true => (403, refusal.to_vec()),
                false => (status, rest(path, bytes)),
            }
        });
    }
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(from), "{from} is in {text}");
    text.replace(from, to).into_bytes()
}

/// Changes the answers at a path that begins so.
fn at(
    begin: &'static str,
    change: impl Fn(Vec<u8>) -> Vec<u8> + Send + 'static,
) -> impl Fn(&str, (u16, Vec<u8>)) -> (u16, Vec<u8>) + Send + 'static {
    move |path, (status, bytes)| match path.starts_with(begin) {
        true => (status, change(bytes)),
        false => (status, bytes),
    }
}

#[test]
fn what_a_server_sends_of_its_ledger_is_computed_again() {
    let shop = Shop::new();
    let told = shop.verify(0);
    assert!(told.stdout.contains("verified in production"), "{told:?}");
    let at_hand = shop.s.world.run(LIFTLOCK, &["log", "verify"]);
    assert_eq!(shop.log_verify(0), at_hand, "the same is said");
    let changes: [(&str, Turned); 3] = [
        ("/log/tile/entries/", |bytes| {
            replaced(&bytes, "\"1.0.0\"", "\"1.0.1\"")
        }),
        ("/log/tile/0/", |mut bytes| {
            bytes[7] ^= 1;
            bytes
        }),
        // Signed by nobody.
        ("/log/checkpoint", |bytes| replaced(&bytes, "\n\n", "0\n\n")),
    ];
    for (path, change) in changes {
        shop.crooked.now(at(path, change));
        shop.log_verify(5);
        shop.verify(5);
    }
    shop.crooked.now(at("/log/tile/entries/", |_| Vec::new()));
    shop.log_verify(5);
    shop.crooked.now(|_, answer| answer);
    let other = "example.org/other+00000000+Aa==";
    shop.check(2, &["log", "verify", "--log-key", other]);
    let another = Scenario::new();
    let made = ["log", "key", "--name", "example.org/another"];
    let another = another.world.run(LIFTLOCK, &made).stdout;
    shop.check(5, &["log", "verify", "--log-key", another.trim()]);
}

#[test]
fn a_server_that_went_back_is_found_by_a_checkpoint() {
    let shop = Shop::new();
    let old = shop.check(0, &["log", "checkpoint"]).stdout;
    shop.s.world.write("old", &old);
    let hold = ["hold", "production", "--reason", "a look"];
    assert_eq!(shop.s.world.run(LIFTLOCK, &hold).code, 0);
    let new = shop.check(0, &["log", "checkpoint"]).stdout;
    shop.s.world.write("new", &new);
    let from = |file| ["log", "verify", "--log-key", "log-key.txt", "--from", file];
    shop.check(0, &from("old"));
    shop.check(0, &from("new"));
    shop.crooked
        .now(at("/log/checkpoint", move |_| old.clone().into_bytes()));
    shop.check(0, &from("old"));
    shop.check(5, &from("new"));
    shop.check(0, &["log", "publish", "--to", "published"]);
    shop.crooked.now(|_, answer| answer);
    shop.check(0, &["log", "publish", "--to", "published"]);
    let old = std::fs::read(shop.s.world.folder().join("old")).expect("a checkpoint");
    shop.crooked
        .now(at("/log/checkpoint", move |_| old.clone()));
    shop.check(5, &["log", "publish", "--to", "published"]);
}

#[test]
fn who_reads_one_pipeline_alone_verifies_it_by_hashes() {
    let shop = Shop::new();
    shop.refuses_entries(|_, bytes| bytes);
    let told = shop.verify(0).stdout;
    assert!(told.contains("recomputed from their hashes"), "{told}");
    assert!(told.contains("held back is the server's word"), "{told}");
    let refused = shop.log_verify(3);
    assert!(refused.stderr.contains("you may not"), "{refused:?}");
    let release = ["log", "prove", "--release", "1.0.0", "--to", "production"];
    shop.check(0, &[&release[..], &["--out", "proof"]].concat());
    let at_hand = ["log", "verify-proof", "proof", "--log-key", "log-key.txt"];
    shop.check(0, &at_hand);
    let events = "/api/v1/pipelines/shop/events";
    shop.refuses_entries(move |path, bytes| match path.starts_with(events) {
        true => replaced(&bytes, "\"1.0.0\"", "\"1.0.1\""),
        false => bytes,
    });
    shop.verify(5);
    shop.check(5, &release);
    shop.refuses_entries(move |path, bytes| match path.starts_with(events) {
        // An event in the middle is left out.
        true => replaced(&bytes, "id: 2\n", "id: x\n"),
        false => bytes,
    });
    shop.verify(5);
}

#[test]
fn a_release_is_carried_from_one_server_to_another() {
    let s = here();
    let t = there(&s);
    let (from, to) = (Serving::begin(&s.world), Serving::begin(&t.world));
    let run = |s: &Scenario, at: &Serving, code: i32, words: &[&str]| {
        let state = ("LIFTLOCK_STATE", at.address.as_str());
        let output = s.world.run_with(LIFTLOCK, words, state);
        assert_eq!(output.code, code, "{words:?}: {output:?}");
        output
    };
    let export = ["bundle", "export", "r1", "r1.tar", "-q", "--json"];
    let far = run(&s, &from, 0, &export).json();
    let near = s.world.run(LIFTLOCK, &[&export[..], &["--again"]].concat());
    assert_eq!(far["result"], near.json()["result"], "the same archive");
    carry(&s, &t, "r1.tar");
    let import = [
        "bundle",
        "import",
        "r1.tar",
        "-q",
        "--json",
        "--log-key",
        "log-key.txt",
    ];
    let would = run(&t, &to, 0, &[&import[..], &["-n"]].concat()).json();
    assert_eq!(would["result"]["created"], true, "{would}");
    run(&t, &to, 2, &["release", "show", "r1"]);
    let brought = run(&t, &to, 0, &import).json();
    assert_eq!(brought["result"]["created"], true, "{brought}");
    let again = run(&t, &to, 0, &import).json();
    assert_eq!(again["result"]["created"], false, "{again}");
    let shown = run(&t, &to, 0, &["release", "show", "r1", "--json"]).json();
    let from = &shown["result"]["imported"];
    assert_eq!(from["pipeline"], "shop", "{shown}");
    assert_eq!(from["archive"], far["result"]["archive"], "{shown}");
    run(&t, &to, 0, &["log", "verify"]);
    // The other site's key has not signed this log.
    run(&t, &to, 5, &["log", "verify", "--log-key", "log-key.txt"]);
}

#[test]
fn keys_are_made_where_the_server_runs() {
    let s = here();
    let serving = Serving::begin(&s.world);
    let state = ("LIFTLOCK_STATE", serving.address.as_str());
    let run = |words: &[&str]| s.world.run_with(LIFTLOCK, words, state);
    let near = s.world.run(LIFTLOCK, &["key", "show", "production"]);
    assert_eq!(run(&["key", "show", "production"]), near);
    let none = run(&["key", "show", "staging"]);
    assert_eq!(
        (none.code, none.stderr.contains("it has production")),
        (2, true),
        "{none:?}"
    );
    for words in [
        &["key", "generate", "other"][..],
        &["key", "rotate", "production"],
    ] {
        let refused = run(words);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.contains("made and replaced where it runs"),
            "{refused:?}"
        );
    }
    let own = run(&["key", "generate", "other", "--out", "own"]);
    assert_eq!(own.code, 0, "{own:?}");
    let watches = run(&["watch", "--for", "1s"]);
    assert_eq!(watches.code, 2);
    assert!(watches.stderr.contains("watches by itself"), "{watches:?}");
}
