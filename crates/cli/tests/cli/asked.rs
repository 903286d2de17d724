//! Whom commands ask: the state at hand, or, with `LIFTLOCK_TEST_SERVER`, a server over the same
//! state. What comes back must be the same.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use liftlock_testkit::{Output, Process, World};

use crate::scenario::LIFTLOCK;

/// Verbs that work on a state and nothing else: those a server can be asked.
const ASKED: [&str; 24] = [
    "approve", "bundle", "cancel", "drift", "evidence", "freeze", "history", "hold", "incident",
    "log", "override", "plan", "policy", "promote", "reject", "release", "resume", "rollback",
    "status", "tick", "unfreeze", "verify", "webhook", "withdraw",
];

/// What is said of a server alone, on standard error.
const SAID_OF_SERVERS: [&str; 2] = [
    "! the log's key is the server's word",
    "! it is the server's word",
];

/// Scenarios that are about a state at hand, or about a first command on none: there a server says
/// something else, or needs what a test gives to its commands alone.
const AT_HAND: [&str; 25] = [
    // There is no state yet, and nothing may make one.
    "bad_bundles::a_release_that_the_ledger_does_not_know_is_refused",
    "bad_bundles::an_archive_that_is_no_export_is_refused",
    "bad_bundles::what_is_signed_has_to_be_about_the_image_and_by_a_key_that_was_given",
    "bundles::a_release_is_carried_to_a_site_without_a_network",
    "first_steps::an_empty_folder_says_what_to_do",
    "first_steps::init_writes_a_file_that_is_valid",
    "json::a_command_line_that_makes_no_sense_is_one_document_too",
    "pipeline_files::a_bad_pipeline_file_is_told_by_line",
    "references::a_release_that_does_not_exist_yet_can_be_planned",
    "walk::a_release_goes_to_production_and_back",
    // Options are shown with what they are set to.
    "help::every_command_has_a_help_with_an_example",
    // The state's own files: its snapshot, its key, where its checkpoints go.
    "long_history::a_snapshot_changes_nothing_that_is_shown",
    "bundles::a_log_has_to_continue_the_checkpoint_that_is_known",
    "proofs::a_log_is_named_before_it_begins",
    "proofs::a_state_from_before_there_were_keys_gets_one_when_it_is_written_to",
    "publishing::a_checkpoint_is_published_where_it_continues_the_last",
    "tries::try_with_json_is_one_document_and_keeps_a_folder_that_was_chosen",
    // Observations are in the state alone.
    "watching::what_was_watched_is_soak_and_is_compared_with_what_was_kept",
    // A server asks a registry less: it knows it from earlier requests.
    "requests::a_promotion_that_only_tags_costs_few_requests",
    // The passphrase of a signing key is given to the command.
    "signed::a_proof_that_cannot_be_put_anywhere_fails_no_promotion",
    "signed::another_logs_key_proves_nothing",
    "signed::the_statement_names_where_the_ledger_was",
    "signed::what_a_key_signed_lets_in_and_what_is_let_in_is_signed",
    "signed::what_was_killed_before_it_was_proven_is_proven_by_the_next_tick",
    "states::what_is_not_a_state_is_left_alone",
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
    pub(crate) address: String,
    process: Process,
}

impl Default for Asked {
    fn default() -> Self {
        let test = std::thread::current().name().map(str::to_owned);
        let at_hand = test.is_some_and(|name| AT_HAND.contains(&name.as_str()));
        match std::env::var_os("LIFTLOCK_TEST_SERVER") {
            Some(_) if !at_hand => Self::Server(OnceLock::new()),
            _ => Self::AtHand,
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
        if !can_be_asked(words) {
            return world.run(LIFTLOCK, words);
        }
        let serving = serving.get_or_init(|| Serving::begin(world));
        world.run_with(LIFTLOCK, words, ("LIFTLOCK_STATE", &serving.address))
    }

    /// Starts what a command asks: a server makes a state of its own when it begins.
    pub(crate) fn begin(&self, world: &World, words: &[&str]) {
        if let Self::Server(serving) = self
            && can_be_asked(words)
        {
            serving.get_or_init(|| Serving::begin(world));
        }
    }

    /// A transcript in which the server is called as its state is.
    pub(crate) fn normalise(&self, transcript: &str) -> String {
        match self {
            Self::Server(serving) => match serving.get() {
                // What is set shows up in the usage of options.
                Some(serving) => without_what_is_said_of_servers(transcript)
                    .replace(&serving.address, STATE)
                    .replace(" --state <FILE> ", " "),
                None => transcript.to_owned(),
            },
            Self::AtHand => transcript.to_owned(),
        }
    }
}

/// Whether a command works on a state, and on none that it names itself.
fn can_be_asked(words: &[&str]) -> bool {
    let own_place = ["--state", "--help"];
    let has_own = words.iter().any(|word| own_place.contains(word));
    !has_own && words.iter().any(|word| ASKED.contains(word))
}

fn without_what_is_said_of_servers(transcript: &str) -> String {
    let of_servers = |line: &&str| SAID_OF_SERVERS.iter().any(|said| line.starts_with(said));
    let lines = transcript.split_inclusive('\n');
    lines.filter(|line| !of_servers(line)).collect()
}

impl Serving {
    pub(crate) fn begin(world: &World) -> Self {
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
