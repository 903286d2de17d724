//! Answers that are lost on their way from a server: what was asked is carried out once.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use liftlock_testkit::{Output, Postgres, Process, World};
use serde_json::{Value, json};

use crate::cutting::{Cut, Cutting};
use crate::scenario::LIFTLOCK;
use crate::states::execute;

const SHOP: &str = "version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  production:
    tags: [production]
    gates: none
    deploy: { command: [./deploy.sh], within: 60s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: none
";

const FILE: &str = ".liftlock/state.db";

/// A server without a worker: nothing goes on by itself.
struct Serving {
    process: Process,
    address: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill();
    }
}

fn serve(world: &World, state: &str) -> Serving {
    let listen = ["--listen", "127.0.0.1:0", "--state", state];
    let serve = ["serve", "--claimed", "--no-worker"];
    let process = world.spawn(LIFTLOCK, &[&serve[..], &listen].concat());
    until("it serves", || {
        assert!(process.is_running(), "{}", process.stderr());
        process.stdout().contains("serving at")
    });
    let said = process.stdout();
    let address = said
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split(';').next());
    let address = address.expect("an address").parse().expect("an address");
    Serving { process, address }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("it never comes to this: {what}");
}

/// Three releases, one after the other in production.
fn shop(state: &str) -> World {
    let world = World::new();
    world.write_programs();
    world.write_pipeline(SHOP);
    for release in ["1", "2", "3"] {
        world.push("shop/api", release, release);
        let reference = world.reference("shop/api", release);
        let words = ["promote", &reference, "--to", "production", "--as", "ci"];
        ends(&world, 0, &[&words[..], &["--state", state]].concat());
    }
    world
}

fn ends(world: &World, code: i32, words: &[&str]) -> Output {
    let output = world.run(LIFTLOCK, words);
    assert_eq!(output.code, code, "{words:?}: {output:?}");
    output
}

const ROLLBACK: [&str; 7] = [
    "rollback",
    "production",
    "--reason",
    "orders fail",
    "--as",
    "ada",
    "--json",
];

/// What runs in production, and how many rollbacks there were.
fn rolled_back(world: &World, state: &str) -> (String, usize) {
    let history = ends(world, 0, &["history", "--json", "--state", state]).json();
    let promotions = history["result"]["promotions"]
        .as_array()
        .expect("a list")
        .clone();
    let rollback = |promotion: &&Value| promotion["request"]["kind"] == "rollback";
    let rollbacks = promotions.iter().filter(rollback);
    let running = world.running("production").expect("a deployment");
    (running.release, rollbacks.count())
}

fn a_lost_answer_is_given_again(state: &str) {
    let world = shop(state);
    let server = serve(&world, state);
    let cuts = [Cut::Begun, Cut::Replaced, Cut::Ended];
    let proxy = Cutting::before(server.address, "/rollbacks", &cuts);
    let address = proxy.url();
    let asked = [&ROLLBACK[..], &["--state", &address]].concat();
    let output = ends(&world, 0, &asked);
    assert_eq!((proxy.left(), proxy.forwarded()), (0, 4));
    assert_eq!(
        output.stderr.matches("asking again").count(),
        3,
        "{output:?}"
    );
    let document = output.json();
    let outcome = &document["result"]["promotion"]["outcome"];
    assert_eq!(outcome, &json!({ "result": "succeeded" }), "{document}");
    assert_eq!(rolled_back(&world, state), ("2".to_owned(), 1));
    // Asked for a second time it is a second rollback.
    ends(&world, 0, &asked);
    assert_eq!(rolled_back(&world, state), ("1".to_owned(), 2));
}

#[test]
fn a_lost_answer_is_given_again_by_a_file() {
    a_lost_answer_is_given_again(FILE);
}

#[test]
fn a_lost_answer_is_given_again_by_a_database() {
    a_lost_answer_is_given_again(&Postgres::shared().database());
}

/// What a gone server had begun, for the one that takes its place: at once, and not after as long as
/// it takes until a server is taken for gone.
fn is_taken_for_gone(world: &World) {
    let state: PathBuf = world.folder().join(FILE);
    execute(&state, &["UPDATE kept_requests SET renewed = 0"]);
}

#[test]
fn where_a_server_ends_over_it_nobody_says_that_it_was_done() {
    let world = shop(FILE);
    let server = serve(&world, FILE);
    let proxy = Cutting::before(server.address, "/rollbacks", &[]);
    world.toggle("deploy-held");
    let address = proxy.url();
    let asked = [&ROLLBACK[..], &["--state", &address]].concat();
    let asking = world.spawn(LIFTLOCK, &asked);
    until("it is being deployed", || {
        world.folder().join("deploying-production").exists()
    });
    server.process.kill();
    is_taken_for_gone(&world);
    world.release("deploy-held");
    let next = serve(&world, FILE);
    proxy.turn_to(next.address);
    let output = asking.wait();
    assert_eq!(output.code, 1, "{output:?}");
    let error = &output.json()["error"];
    assert_eq!(error["code"], "answer-lost", "{error}");
    assert!(error["details"]["recorded"].is_u64(), "{error}");
    // It was begun once, and is carried on as anything that was left.
    let state = format!("http://{}", next.address);
    ends(&world, 0, &["tick", "--as", "ci", "--state", &state]);
    assert_eq!(rolled_back(&world, FILE), ("2".to_owned(), 1));
}

#[test]
fn where_a_server_ends_over_it_a_promotion_is_attached_to() {
    let world = shop(FILE);
    let server = serve(&world, FILE);
    let proxy = Cutting::before(server.address, "/promotions", &[]);
    world.toggle("deploy-held");
    world.push("shop/api", "4", "4");
    let reference = world.reference("shop/api", "4");
    let words = ["promote", &reference, "--to", "production", "--as", "ci"];
    let asking = world.spawn(LIFTLOCK, &[&words[..], &["--state", &proxy.url()]].concat());
    until("it is being deployed", || {
        world.folder().join("deploying-production").exists()
    });
    server.process.kill();
    is_taken_for_gone(&world);
    world.release("deploy-held");
    let next = serve(&world, FILE);
    proxy.turn_to(next.address);
    let output = asking.wait();
    assert_eq!(output.code, 0, "{output:?}");
    let history = ends(&world, 0, &["history", "--json", "--state", FILE]).json();
    let promotions = history["result"]["promotions"].as_array().expect("a list");
    assert_eq!(promotions.len(), 4, "{history}");
    assert_eq!(world.running("production").expect("one").release, "4");
}
