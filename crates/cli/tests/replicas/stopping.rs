//! A server that ends while it carries out a promotion.

use liftlock_testkit::Process;

use crate::fleet::{Fleet, until};
use crate::shops::Shops;

const STATE: &str = ".liftlock/state.db";

#[test]
fn a_server_that_ends_finishes_its_step_and_hands_the_rest_over() {
    let mut shops = Shops::new(STATE, 1);
    shops.world.toggle("deploy-held");
    shops.build();
    let fleet = Fleet::start(&shops.world, STATE, 1);
    let deploying = shops.world.folder().join("deploying-staging-0");
    until("it deploys", || deploying.exists());
    fleet.of(0).signal("TERM");
    until("it takes nothing more", || !fleet.answers(0));
    shops.world.release("deploy-held");
    fleet.end();
    let begun = shops.world.deployments().len();
    assert_eq!(begun, 1, "the deployment was finished");
    let history = shops.run(0, &["history", "--json"]).json();
    let promotions = &history["result"]["promotions"];
    assert_eq!(promotions[0]["status"], "running", "{history}");
    let next = Fleet::start(&shops.world, STATE, 1);
    until("the next one carries it on", || shops.are_through());
    shops.judge();
    assert_eq!(
        shops.world.deployments().len(),
        2,
        "one in each environment"
    );
    next.stop();
}

/// A server that only answers, and the address it says.
fn answering(shops: &Shops) -> (Process, String) {
    let program = env!("CARGO_BIN_EXE_liftlock");
    let words = [
        "--state",
        STATE,
        "serve",
        "--claimed",
        "--no-worker",
        "--listen",
        "127.0.0.1:0",
    ];
    let server = shops.world.spawn(program, &words);
    until("it serves", || server.stdout().contains("serving at"));
    let said = server.stdout();
    let address = said
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let address = address.expect("an address").trim_end_matches(';');
    (server, address.to_owned())
}

/// Asks it for the promotion that waits, and returns once it deploys.
fn asked(shops: &Shops, address: &str) -> Process {
    let program = env!("CARGO_BIN_EXE_liftlock");
    let file = ["--state", address, "--file", "shop-0.yaml"];
    let promote = ["promote", "r1", "--to", "staging-0"];
    let client = shops.world.spawn(program, &[&file[..], &promote].concat());
    let deploying = shops.world.folder().join("deploying-staging-0");
    until("it deploys", || deploying.exists());
    client
}

fn takes_nothing(address: &str) -> bool {
    let place = address.trim_start_matches("http://");
    std::net::TcpStream::connect(place).is_err()
}

#[test]
fn what_a_request_carries_out_is_handed_over_too_whether_its_client_waits_or_not() {
    for client_waits in [true, false] {
        let mut shops = Shops::new(STATE, 1);
        shops.world.toggle("deploy-held");
        shops.build();
        let (server, address) = answering(&shops);
        let client = asked(&shops, &address);
        if !client_waits {
            client.kill();
        }
        server.signal("TERM");
        until("it takes nothing more", || takes_nothing(&address));
        shops.world.release("deploy-held");
        let ended = server.wait();
        assert_eq!(ended.code, 0, "{ended:?}");
        let begun = shops.world.deployments().len();
        assert_eq!(begun, 1, "the deployment was finished");
        let history = shops.run(0, &["history", "--json"]).json();
        let promotions = &history["result"]["promotions"];
        assert_eq!(promotions[0]["status"], "running", "{history}");
        if client_waits {
            let told = client.wait();
            assert_eq!(told.code, 4, "{told:?}");
            assert!(
                told.stdout.contains("on its way into staging-0"),
                "{told:?}"
            );
        }
        let next = Fleet::start(&shops.world, STATE, 1);
        until("the next one carries it on", || shops.are_through());
        shops.judge();
        let all = shops.world.deployments().len();
        assert_eq!(all, 2, "one in each environment");
        next.stop();
    }
}

#[test]
fn a_second_signal_ends_a_server_at_once_and_its_leases_are_free() {
    let mut shops = Shops::new(STATE, 1);
    shops.world.toggle("deploy-held");
    shops.build();
    let (server, address) = answering(&shops);
    let _client = asked(&shops, &address);
    server.signal("TERM");
    until("it takes nothing more", || takes_nothing(&address));
    assert!(server.is_running(), "it finishes its step");
    server.signal("TERM");
    let ended = server.wait();
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        shops.world.deployments().is_empty(),
        "the step was not finished"
    );
    shops.world.release("deploy-held");
    // Nobody has to wait for anything: the next command goes on.
    let ticked = shops.run(0, &["tick"]);
    assert_eq!(ticked.code, 0, "{ticked:?}");
    until("it is carried on", || {
        shops.run(0, &["tick"]);
        shops.are_through()
    });
    shops.judge();
}
