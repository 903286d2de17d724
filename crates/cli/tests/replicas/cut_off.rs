//! Servers on machines of their own, each with a way to the database that is cut, falls silent, or
//! loses the answer to a commit.
//!
//! `LIFTLOCK_REPLICA_ROUNDS=60 cargo test -p liftlock-cli --test replicas cut_off -- --nocapture`
//! makes more of each.

use std::io::Write as _;
use std::time::Duration;

use liftlock_testkit::{CommitCut, Passage, Postgres};

use crate::chance::{Chance, rounds};
use crate::fleet::{Fleet, Replica, until};
use crate::machines;
use crate::shops::Shops;

const PIPELINES: usize = 3;
const REPLICAS: usize = 3;

/// What happens to the ways.
struct Hardship {
    /// The longest time between two looks; at each something happens to one way.
    look_ms: u64,
    /// How long nothing comes through, at least and at most.
    silence_ms: (u64, u64),
    /// At one look in so many, nothing comes through.
    silence_of: u64,
    /// How many rounds there are where nobody says.
    rounds: usize,
}

const FOR_MOMENTS: Hardship = Hardship {
    look_ms: 120,
    silence_ms: (100, 4_000),
    silence_of: 8,
    rounds: 3,
};

/// Leases expire meanwhile, and others go on.
const FOR_LONGER_THAN_A_LEASE: Hardship = Hardship {
    look_ms: 400,
    silence_ms: (31_000, 37_000),
    silence_of: 30,
    rounds: 1,
};

/// The shops, and a server on each machine, which reaches the database by its own way.
struct Site {
    shops: Shops,
    ways: Vec<Passage>,
    fleet: Fleet,
}

impl Site {
    fn new(pipelines: usize) -> Self {
        let server = Postgres::shared();
        let state = server.database_over_tcp();
        let mut shops = Shops::new(&state, pipelines);
        machines::prepare(&shops.world);
        shops.build();
        let ways: Vec<_> = (0..REPLICAS).map(|_| Passage::to(server.port())).collect();
        let replicas = ways.iter().enumerate().map(|(n, way)| Replica {
            state: server.by_way_of(way.port(), &state),
            file: machines::make(&shops.world, &format!("machine-{n}")),
        });
        let fleet = Fleet::of_replicas(&shops.world, replicas.collect());
        Self { shops, ways, fleet }
    }

    /// Ends the servers; what they did is judged before and after. How many deployments were made
    /// again.
    fn end(self) -> usize {
        self.shops.judge();
        self.fleet.stop();
        self.shops.judge();
        machines::judge(&self.shops.world)
    }
}

fn drill(seed: u64, hardship: &Hardship) {
    let mut site = Site::new(PIPELINES);
    let mut chance = Chance(seed);
    let (mut cut, mut silent, mut rounds_left) = (0, 0, rounds(hardship.rounds));
    while rounds_left > 0 {
        rounds_left -= 1;
        let mut looks = 0;
        while !site.shops.are_through() {
            looks += 1;
            assert!(
                looks < 3000,
                "with {rounds_left} rounds left there is no end"
            );
            std::thread::sleep(Duration::from_millis(chance.below(hardship.look_ms)));
            let way = &site.ways[chance.below(REPLICAS as u64) as usize];
            let silence = looks == 2 || chance.below(hardship.silence_of) == 0;
            match chance.below(8) {
                _ if silence => {
                    way.silence();
                    let span = chance.between(hardship.silence_ms);
                    std::thread::sleep(Duration::from_millis(span));
                    // What was sent meanwhile arrives late, or never.
                    if chance.below(2) == 0 {
                        way.cut();
                    }
                    way.resume();
                    silent += 1;
                }
                0 | 1 => {
                    way.cut();
                    cut += 1;
                }
                2 => way.cut_commit(CommitCut::Before),
                3 | 4 => way.cut_commit(CommitCut::Unanswered),
                5 => way.cut_commit(CommitCut::Half),
                _ => {}
            }
        }
        if rounds_left > 0 {
            site.shops.build();
        }
    }
    let commits: u64 = site.ways.iter().map(Passage::commits_cut).sum();
    let repeated = site.end();
    // Nothing else makes a deployment that is done be made again.
    assert!(
        repeated as u64 <= cut + silent + commits,
        "{repeated} again"
    );
    let _ = writeln!(
        std::io::stdout(),
        "{cut} cuts, {silent} silences, {commits} commits cut off, {repeated} deployments again"
    );
}

#[test]
fn servers_that_are_cut_off_for_moments_do_each_promotion_once() {
    drill(5, &FOR_MOMENTS);
}

#[test]
fn servers_that_are_cut_off_for_longer_than_a_lease_do_each_promotion_once() {
    drill(6, &FOR_LONGER_THAN_A_LEASE);
}

/// The machine that is cut off cannot be told to stop, and nobody else can reach its programs.
#[test]
fn a_server_that_is_cut_off_ends_its_deployment_before_another_begins_it() {
    let server = Postgres::shared();
    let state = server.database_over_tcp();
    let mut shops = Shops::new(&state, 1);
    machines::prepare(&shops.world);
    shops.world.toggle("deploy-held");
    shops.build();
    let way = Passage::to(server.port());
    let cut_off = Replica {
        state: server.by_way_of(way.port(), &state),
        file: machines::make(&shops.world, "machine-0"),
    };
    let beside = Replica {
        state,
        file: machines::make(&shops.world, "machine-1"),
    };
    let first = Fleet::of_replicas(&shops.world, vec![cut_off]);
    let held = shops.world.folder().join("running/staging-0.held");
    let deploys = |machine: &str| {
        let who = std::fs::read_to_string(&held).unwrap_or_default();
        who.trim() == machine
    };
    until("it deploys", || deploys("machine-0"));
    way.silence();
    let second = Fleet::of_replicas(&shops.world, vec![beside]);
    until("the other deploys", || deploys("machine-1"));
    shops.world.release("deploy-held");
    until("the other carries it on", || shops.are_through());
    way.resume();
    shops.judge();
    assert_eq!(
        machines::judge(&shops.world),
        0,
        "nothing was left to be done again"
    );
    first.stop();
    second.stop();
}
