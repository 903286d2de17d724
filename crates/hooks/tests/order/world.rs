//! Several pipelines' histories in one ledger, two endpoints, and senders that come and go.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liftlock_core::{Span, Time};
use liftlock_hooks::outbox::Recorded;
use liftlock_hooks::outgoing::Source;
use liftlock_hooks::sending::{Endpoint, EndpointSettings, Sender, Surroundings};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::chance::Chance;
use crate::memory::Memory;
use crate::network::Network;

/// The histories that the pipelines have, and how much of each at most.
const STREAMS: [&str; 5] = [
    "v1-decisions",
    "v1-drift",
    "v1-ends",
    "v1-two-environments",
    "v1-watch",
];
const ENTRIES_MAX: usize = 60;
/// One message in so many is taken by nobody.
const POISON: u64 = 25;
/// By then everything has to be sent, once nothing fails any more.
const SENT_WITHIN: Duration = Duration::from_secs(30 * 86_400);

pub(crate) struct World {
    pub(crate) chance: Arc<Chance>,
    pub(crate) memory: Memory,
    pub(crate) network: Network,
    pub(crate) endpoints: Vec<Endpoint>,
    /// What is still to be recorded, the next last.
    to_come: Mutex<Vec<Recorded>>,
    wake: watch::Sender<u64>,
    start: Instant,
    pub(crate) killed: Mutex<u64>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let chance = Arc::new(Chance::new(seed + 1));
        let mut to_come = ledger(&chance);
        to_come.reverse();
        let seqs = 0..to_come.len() as u64;
        let poison: BTreeSet<u64> = seqs.filter(|_| chance.one_in(POISON)).collect();
        Self {
            memory: Memory::new(Arc::clone(&chance)),
            network: Network::new(Arc::clone(&chance), poison),
            chance,
            endpoints: endpoints(),
            to_come: Mutex::new(to_come),
            wake: watch::channel(0).0,
            start: Instant::now(),
            killed: Mutex::new(0),
        }
    }

    /// Some more is recorded.
    pub(crate) fn record(&self) {
        let mut to_come = self.to_come.lock().unwrap();
        for _ in 0..self.chance.up_to(40) {
            let next = to_come.pop();
            self.memory.tables.lock().unwrap().ledger.extend(next);
        }
        if self.chance.one_in(2) {
            self.wake.send_modify(|n| *n += 1);
        }
    }

    pub(crate) fn record_rest(&self) {
        let mut to_come = self.to_come.lock().unwrap();
        while let Some(next) = to_come.pop() {
            self.memory.tables.lock().unwrap().ledger.push(next);
        }
    }

    /// A sender lives for so long, and is then killed, or told to end.
    pub(crate) async fn send_for(&self, lives: Duration) {
        let sender = self.sender();
        if self.chance.one_in(3) {
            sender.run(self.wake.subscribe(), sleep(lives)).await;
            return;
        }
        let forever = std::future::pending();
        if timeout(lives, sender.run(self.wake.subscribe(), forever))
            .await
            .is_err()
        {
            *self.killed.lock().unwrap() += 1;
        }
    }

    pub(crate) async fn send_until_all_is_sent(&self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            self.send_for(Duration::from_secs(3600)).await;
            let tables = self.memory.tables.lock().unwrap();
            let size = tables.ledger.len() as u64;
            let routed = self
                .endpoints
                .iter()
                .all(|e| tables.places.get(e.name()) == Some(&size));
            if routed && tables.lanes.is_empty() {
                return Ok(());
            }
            if begun.elapsed() > SENT_WITHIN {
                return Err(format!("not everything is sent: {:?}", tables.lanes));
            }
        }
    }

    fn sender(&self) -> Sender<Memory, Network> {
        let (start, chance) = (self.start, Arc::clone(&self.chance));
        let surroundings = Surroundings {
            now: Box::new(move || {
                let us = i64::try_from(start.elapsed().as_micros()).unwrap();
                Time::from_us(1_800_000_000_000_000) + Span::from_us(us)
            }),
            chance: Box::new(move || chance.next()),
            failed: Box::new(|_, _| {}),
        };
        let source = Source::new("https://liftlock.example.com").unwrap();
        let endpoints = self.endpoints.clone();
        Sender::new(
            self.memory.clone(),
            self.network.clone(),
            endpoints,
            source,
            surroundings,
        )
    }
}

fn endpoints() -> Vec<Endpoint> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .unwrap();
    let patient = json!({ "from_start": true, "give_up_after": "30d", "tries": 1000 });
    let all = json!({ "name": "all", "url": "http://127.0.0.1:9/", "format": "standard",
        "secrets": [{ "from_file": file.path() }] });
    let some = json!({ "name": "some", "url": "http://127.0.0.1:9/", "format": "cdevents",
        "kinds": ["promotion.ended", "promotion.committed", "incident.opened", "release.created"],
        "environments": ["staging", "dev"], "pipelines": ["p0", "p1", "p2"] });
    let open = |mut settings: serde_json::Value| {
        let patient = patient.as_object().unwrap().clone();
        settings.as_object_mut().unwrap().extend(patient);
        let settings: EndpointSettings = serde_json::from_value(settings).unwrap();
        settings.open().unwrap()
    };
    vec![open(all), open(some)]
}

/// The histories, each as a pipeline of its own, shuffled into one ledger.
fn ledger(chance: &Chance) -> Vec<Recorded> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../core/tests/golden");
    let mut streams: Vec<Vec<Recorded>> = Vec::new();
    for (place, name) in STREAMS.iter().enumerate() {
        let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        let pipeline = format!("p{place}");
        let entry = |(n, line): (usize, &str)| {
            let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry["pipeline"] = json!(pipeline);
            Recorded {
                seq: 0,
                pipeline: pipeline.clone(),
                n: n as u64 + 1,
                bytes: serde_json::to_vec(&entry).unwrap(),
            }
        };
        let mut entries: Vec<_> = text
            .lines()
            .take(ENTRIES_MAX)
            .enumerate()
            .map(entry)
            .collect();
        entries.reverse();
        streams.push(entries);
    }
    let mut ledger = Vec::new();
    while streams.iter().any(|stream| !stream.is_empty()) {
        let stream = chance.up_to(streams.len() as u64) as usize;
        if let Some(mut next) = streams[stream].pop() {
            next.seq = ledger.len() as u64;
            ledger.push(next);
        }
    }
    ledger
}
