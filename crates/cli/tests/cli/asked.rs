//! Whom commands ask: the state at hand, or, with `LIFTLOCK_TEST_SERVER`, a server over the same
//! state. What comes back must be the same.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use liftlock_testkit::{Output, Process, World};

use crate::scenario::LIFTLOCK;

/// Verbs that work on a state and nothing else: those a server can be asked.
const ASKED: [&str; 20] = [
    "approve", "cancel", "drift", "evidence", "freeze", "history", "hold", "incident", "override",
    "plan", "policy", "promote", "reject", "release", "resume", "rollback", "status", "tick",
    "unfreeze", "withdraw",
];

/// How long a server may take until it serves.
const STARTS: Duration = Duration::from_secs(60);

/// The state's file, as a command without `--state` says it.
const STATE: &str = ".liftlock/state.db";

/// Whom commands ask.
pub(crate) enum Asked {
    AtHand,
    Server(OnceLock<Serving>),
}

pub(crate) struct Serving {
    address: String,
    process: Process,
}

impl Default for Asked {
    fn default() -> Self {
        match std::env::var_os("LIFTLOCK_TEST_SERVER") {
            Some(_) => Self::Server(OnceLock::new()),
            None => Self::AtHand,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill();
    }
}

impl Asked {
    pub(crate) fn run(&self, world: &World, words: &[&str]) -> Output {
        let Self::Server(serving) = self else {
            return world.run(LIFTLOCK, words);
        };
        let verb = words.iter().find(|word| ASKED.contains(word));
        let own_place = words
            .iter()
            .any(|word| ["--state", "--help"].contains(word));
        if verb.is_none() || own_place {
            return world.run(LIFTLOCK, words);
        }
        let serving = serving.get_or_init(|| Serving::begin(world));
        world.run_with(LIFTLOCK, words, ("LIFTLOCK_STATE", &serving.address))
    }

    /// A transcript in which the server is called as its state is.
    pub(crate) fn normalise(&self, transcript: &str) -> String {
        match self {
            Self::Server(serving) => match serving.get() {
                // What is set shows up in the usage of options.
                Some(serving) => transcript
                    .replace(&serving.address, STATE)
                    .replace("--state <FILE> ", ""),
                None => transcript.to_owned(),
            },
            Self::AtHand => transcript.to_owned(),
        }
    }
}

impl Serving {
    fn begin(world: &World) -> Self {
        let words = [
            "serve",
            "--json",
            "--claimed",
            "--no-worker",
            "--listen",
            "127.0.0.1:0",
            "--state",
            STATE,
        ];
        let process = world.spawn(LIFTLOCK, &words);
        let began = Instant::now();
        loop {
            let said = process.stderr();
            let address = said
                .split_whitespace()
                .find(|word| word.starts_with("http://"));
            if let Some(address) = address {
                let address = address.trim_end_matches(';').to_owned();
                return Self { address, process };
            }
            assert!(process.is_running(), "the server ended: {said}");
            assert!(
                began.elapsed() < STARTS,
                "the server does not serve: {said}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
