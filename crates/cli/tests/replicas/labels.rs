//! An environment that names a label is carried out by a server that has it; others say what it
//! waits for, and take every command for it.

use liftlock_testkit::{Output, Process};
use serde_json::Value;

use crate::fleet::until;
use crate::shops::Shops;

const PROGRAM: &str = env!("CARGO_BIN_EXE_liftlock");
const STATE: &str = ".liftlock/state.db";

/// A server that takes everyone for who they say they are, so that it can be asked.
struct Server {
    process: Process,
    address: String,
}

impl Server {
    fn start(shops: &Shops, more: &[&str]) -> Self {
        let common = ["--state", STATE, "serve", "--claimed", "--listen"];
        let words = [&common[..], &["127.0.0.1:0"], more].concat();
        let process = shops.world.spawn(PROGRAM, &words);
        let mut address = None;
        until("it serves", || {
            assert!(process.is_running(), "{:?}", process.wait());
            let said = process.stdout();
            let found = said
                .split_whitespace()
                .find(|word| word.starts_with("http"));
            address = found.map(|found| found.trim_end_matches(';').to_owned());
            address.is_some()
        });
        let address = address.expect("an address");
        Self { process, address }
    }

    fn ask(&self, shops: &Shops, words: &[&str]) -> Output {
        let common = ["--state", &self.address, "--file", "shop-0.yaml"];
        shops.world.run(PROGRAM, &[&common, words].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
    }
}

fn promotion(shops: &Shops, environment: &str) -> Option<Value> {
    let history = shops.run(0, &["history", "--json"]).json();
    let mut promotions = history["result"]["promotions"].as_array()?.clone();
    promotions.retain(|of| of["request"]["environment"] == environment);
    promotions.pop()
}

fn deployments_to(shops: &Shops, environment: &str) -> usize {
    let all = shops.world.deployments();
    all.iter()
        .filter(|of| of.environment == environment)
        .count()
}

#[test]
fn an_environment_waits_for_a_server_with_its_label() {
    let mut shops = Shops::labelled(STATE, "prod-host");
    let server = Server::start(&shops, &[]);
    shops.build();
    let reason = "waits for a worker with the label prod-host; none has been seen";
    until("production waits", || {
        promotion(&shops, "production-0").is_some_and(|of| of["status"] == "waiting")
    });
    let asked = server.ask(&shops, &["promote", "r1", "--to", "production-0", "--json"]);
    assert_eq!(asked.code, 4, "{asked:?}");
    let verdicts = &asked.json()["result"]["verdicts"];
    let verdict = verdicts.as_array().and_then(|all| all.last()).cloned();
    let verdict = verdict.unwrap_or_default();
    assert_eq!(
        (&verdict["gate"], &verdict["reason"]),
        (&"worker".into(), &reason.into())
    );
    let board = server.ask(&shops, &["status", "production-0"]);
    let line =
        "production-0 is carried out by workers with the label prod-host; none has been seen";
    assert!(board.stdout.contains(line), "{board:?}");
    let looked = server.ask(&shops, &["tick"]);
    assert!(looked.stdout.contains(reason), "{looked:?}");
    assert_eq!(deployments_to(&shops, "production-0"), 0);

    let other = Server::start(
        &shops,
        &["--worker-label", "prod-host", "--worker-name", "host"],
    );
    until("the one with the label carries it out", || {
        promotion(&shops, "production-0").is_some_and(|of| of["outcome"]["result"] == "succeeded")
    });
    assert_eq!(deployments_to(&shops, "production-0"), 1);
    let board = server.ask(&shops, &["status", "production-0", "--json"]);
    let board = &board.json()["result"]["environments"][0];
    assert_eq!(board["worker"]["label"], "prod-host", "{board}");
    assert!(board["worker"]["seen"].is_string(), "{board}");
    drop(other);

    // A rollback is asked for where nobody carries it out.
    shops.build();
    until("production waits again", || {
        promotion(&shops, "production-0").is_some_and(|of| of["status"] == "waiting")
    });
    let with = Server::start(&shops, &["--worker-label", "prod-host,other"]);
    until("r2 is there", || {
        promotion(&shops, "production-0").is_some_and(|of| of["outcome"]["result"] == "succeeded")
    });
    drop(with);
    let back = [
        "rollback",
        "production-0",
        "--reason",
        "orders fail",
        "--json",
    ];
    let asked = server.ask(&shops, &back);
    assert_eq!(asked.code, 4, "{asked:?}");
    assert_eq!(deployments_to(&shops, "production-0"), 2);
    let with = Server::start(&shops, &["--worker-label", "prod-host"]);
    until("it is rolled back", || {
        promotion(&shops, "production-0").is_some_and(|of| of["outcome"]["result"] == "succeeded")
    });
    assert_eq!(deployments_to(&shops, "production-0"), 3);
    drop(with);
}
