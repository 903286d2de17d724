//! What has to hold, by a record that is not the sender's.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{Entry, State};
use liftlock_hooks::outgoing::{CloudEventsMode, Format, Kind, Message, Source};

use crate::world::World;

/// How much was played.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    messages: u64,
    twice: u64,
    failures: u64,
    killed: u64,
    dead: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.twice += other.twice;
        self.failures += other.failures;
        self.killed += other.killed;
        self.dead += other.dead;
    }

    /// Whether enough went wrong for the rest to say something.
    pub(crate) fn is_worth_it(&self) -> bool {
        self.messages > 0 && self.twice > 0 && self.failures > 0 && self.killed > 0 && self.dead > 0
    }
}

/// A message that an endpoint has to get: its pipeline, and the ids of its requests.
type Wanted = BTreeMap<u64, (String, Vec<String>)>;

pub(crate) fn judge(world: &World) -> Result<Seen, String> {
    let tables = world.memory.tables.lock().unwrap();
    let came = world.network.came.lock().unwrap();
    let mut seen = Seen {
        failures: *world.network.failures.lock().unwrap(),
        killed: *world.killed.lock().unwrap(),
        dead: tables.dead.len() as u64,
        ..Seen::default()
    };
    for endpoint in ["all", "some"] {
        let wanted = wanted(world, &tables.ledger, endpoint);
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        let mut got: BTreeMap<&str, &Vec<u8>> = BTreeMap::new();
        for came in came.iter().filter(|came| came.endpoint == endpoint) {
            let seq = came.seq;
            let Some((pipeline, ids)) = wanted.get(&seq) else {
                return Err(format!(
                    "{endpoint} was told of {seq}, which it does not want"
                ));
            };
            if !ids.contains(&came.id) {
                return Err(format!(
                    "{endpoint} got {}, which is no request of {seq}",
                    came.id
                ));
            }
            let before = last.insert(pipeline, seq).unwrap_or(0);
            if before > seq {
                return Err(format!("{endpoint} got {seq} of {pipeline} after {before}"));
            }
            match got.insert(&came.id, &came.body) {
                Some(body) if *body != came.body => {
                    return Err(format!("{endpoint} got {} with two bodies", came.id));
                }
                Some(_) => seen.twice += 1,
                None => {}
            }
        }
        for (seq, (_, ids)) in &wanted {
            seen.messages += 1;
            let all = ids.iter().all(|id| got.contains_key(id.as_str()));
            let dead = tables.dead.contains_key(&(endpoint.to_owned(), *seq));
            let poison = world.network.poison.contains(seq);
            if (all, dead) != (!poison, poison) {
                return Err(format!(
                    "{endpoint}: {seq}: all came: {all}, is dead: {dead}, nobody takes it: {poison}"
                ));
            }
        }
        let known: BTreeSet<_> = wanted.keys().copied().collect();
        let dead = tables
            .dead
            .values()
            .filter(|dead| dead.endpoint == endpoint);
        if let Some(odd) = dead.map(|dead| dead.seq).find(|seq| !known.contains(seq)) {
            return Err(format!("{endpoint}: {odd} is dead and was never wanted"));
        }
    }
    Ok(seen)
}

/// What an endpoint has to get, folded from the ledger from its first entry on.
fn wanted(world: &World, ledger: &[liftlock_hooks::outbox::Recorded], endpoint: &str) -> Wanted {
    let mut states: BTreeMap<&str, State> = BTreeMap::new();
    let mut wanted = Wanted::new();
    let source = Source::new("https://liftlock.example.com").unwrap();
    for recorded in ledger {
        let entry: Entry = serde_json::from_slice(&recorded.bytes).unwrap();
        let state = states.entry(&recorded.pipeline).or_default();
        state.apply(&entry).unwrap();
        let Some(message) = Message::of(&entry, recorded.seq, state) else {
            continue;
        };
        let format = match endpoint {
            "all" => Format::Standard,
            _ if !is_for_some(&message) => continue,
            _ => Format::Cdevents,
        };
        let requests = format.requests(&message, &source, CloudEventsMode::Binary);
        let ids = requests.into_iter().map(|request| request.id).collect();
        wanted.insert(recorded.seq, (recorded.pipeline.clone(), ids));
    }
    assert_eq!(world.endpoints.len(), 2);
    wanted
}

/// The filter of the endpoint `some`.
fn is_for_some(message: &Message) -> bool {
    let kinds = [
        Kind::PromotionEnded,
        Kind::PromotionCommitted,
        Kind::IncidentOpened,
        Kind::ReleaseCreated,
    ];
    let environment = message.environment.as_ref().map(|name| name.as_str());
    kinds.contains(&message.kind)
        && ["p0", "p1", "p2"].contains(&message.pipeline.as_str())
        && environment.is_none_or(|name| ["staging", "dev"].contains(&name))
}
