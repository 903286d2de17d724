//! Clients that ask at the same time: jobs with tokens that add evidence, persons that approve,
//! and both look at boards. Each has an identity and a connection, and asks again once it is
//! answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;

use crate::identities::Identities;
use crate::latency::Latencies;
use crate::place::Plan;
use crate::trouble::Trouble;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// A report of tests is added.
    Evidence,
    /// The board is looked at.
    Status,
    /// A waiting promotion is approved.
    Approval,
}

impl Ask {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Evidence, Self::Status, Self::Approval];

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Status => "status",
            Self::Approval => "approval",
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    /// How long answers took that said it is done.
    pub(crate) done: BTreeMap<Ask, Latencies>,
    /// All other answers, by what was asked and the status; 0 where there was none.
    pub(crate) others: BTreeMap<(Ask, u16), u64>,
    /// From the first request to the last answer.
    pub(crate) within: Duration,
}

impl Answered {
    /// How many of a kind were answered as done.
    pub(crate) fn count(&self, ask: Ask) -> u64 {
        self.done
            .get(&ask)
            .map_or(0, |latencies| latencies.spread().count as u64)
    }

    /// All that were answered as done, together.
    pub(crate) fn together(&self) -> Latencies {
        let mut all = Latencies::default();
        self.done.values().for_each(|some| all.extend(some));
        all
    }

    fn add(&mut self, other: &Self) {
        for (ask, latencies) in &other.done {
            self.done.entry(*ask).or_default().extend(latencies);
        }
        for (what, count) in &other.others {
            *self.others.entry(*what).or_default() += count;
        }
    }
}

/// One client.
struct Asker {
    http: Client,
    url: String,
    secret: String,
    is_job: bool,
    pipelines: Arc<[String]>,
    release: String,
    random: u64,
    asked: u64,
}

/// Lets so many clients ask for so long. All that was asked is answered when this returns.
///
/// # Errors
/// Where no client can be made.
pub(crate) async fn ask(
    url: &str,
    plan: &Plan,
    identities: &Identities,
    (clients, time): (usize, Duration),
) -> Result<Answered, Trouble> {
    let pipelines: Arc<[String]> = plan.names().collect();
    let mut asking = JoinSet::new();
    let start = Instant::now();
    for nth in 0..clients {
        let is_job = nth % 2 == 0;
        let secret = match is_job {
            true => identities.token(nth / 2),
            false => identities.session(nth / 2),
        };
        let asker = Asker {
            http: client()?,
            url: url.to_owned(),
            secret: secret.to_owned(),
            is_job,
            pipelines: Arc::clone(&pipelines),
            release: plan.waiting(),
            random: 0x9e37_79b9_7f4a_7c15 ^ (nth as u64 + 1).wrapping_mul(0x2545_f491_4f6c_dd1d),
            asked: 0,
        };
        asking.spawn(asker.ask_until(start + time));
    }
    let mut all = Answered::default();
    while let Some(answered) = asking.join_next().await {
        if let Ok(answered) = answered {
            all.add(&answered);
        }
    }
    all.within = start.elapsed();
    Ok(all)
}

/// A client with connections of its own.
///
/// # Errors
/// Where there is none.
pub(crate) fn client() -> Result<Client, Trouble> {
    Ok(Client::builder()
        .timeout(Duration::from_secs(120))
        .build()?)
}

impl Asker {
    async fn ask_until(mut self, end: Instant) -> Answered {
        let mut answered = Answered::default();
        while Instant::now() < end {
            let ask = self.choose();
            let request = self.request(ask);
            let asked = Instant::now();
            let status = match request.send().await {
                // It is answered when all of it is there.
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    answer.bytes().await.map_or(0, |_| status)
                }
                Err(_) => 0,
            };
            match status {
                200 => answered.done.entry(ask).or_default().add(asked.elapsed()),
                other => *answered.others.entry((ask, other)).or_default() += 1,
            }
        }
        answered
    }

    /// Every other time the board; otherwise what the client is there for.
    fn choose(&mut self) -> Ask {
        self.asked += 1;
        match (self.asked % 2, self.is_job) {
            (0, _) => Ask::Status,
            (_, true) => Ask::Evidence,
            (_, false) => Ask::Approval,
        }
    }

    fn request(&mut self, ask: Ask) -> RequestBuilder {
        let nth = self.draw() as usize % self.pipelines.len();
        let place = format!("{}/api/v1/pipelines/{}", self.url, self.pipelines[nth]);
        let release = &self.release;
        let request = match ask {
            Ask::Status => self.http.get(format!("{place}/status")),
            Ask::Evidence => {
                let report = STANDARD.encode(self.report());
                let body = json!({ "release": release, "gate": "tests",
                    "report": { "name": "junit.xml", "bytes": report } });
                self.sent(format!("{place}/evidence"), &body.to_string())
            }
            Ask::Approval => {
                let body = json!({ "release": release, "to": "production", "gates": ["leads"] });
                self.sent(format!("{place}/approvals"), &body.to_string())
            }
        };
        request.bearer_auth(&self.secret)
    }

    fn sent(&self, url: String, body: &str) -> RequestBuilder {
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        request.body(body.to_owned())
    }

    /// A report that no other has.
    fn report(&self) -> String {
        let cases: String = (0..20)
            .map(|nth| {
                format!(
                    "<testcase classname=\"orders\" name=\"case {nth} of {:x}-{}\" time=\"0.01\"/>",
                    self.random, self.asked
                )
            })
            .collect();
        format!(
            "<testsuites><testsuite name=\"orders\" tests=\"20\">{cases}</testsuite></testsuites>"
        )
    }

    /// The next number of Marsaglia's xorshift64 ("Xorshift RNGs", 2003): the same in every run.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 16
    }
}
