//! The product's server, and the registry of the pipelines' images.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::child::Running;
use crate::database::Database;
use crate::options::Options;
use crate::place::Plan;
use crate::trouble::Trouble;
use crate::usage;

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Limits that are no matter here: all clients come from one address.
const CONFIG: &str = "version: 1
limits: { connections: 4096, connections-per-address: 4096, requests: 4096, requests-per-second: 1000000, burst: 1000000 }
";

/// A server that answers.
pub(crate) struct Served {
    running: Running,
    /// Where it is asked.
    pub(crate) url: String,
    figures: String,
    /// From its start until it was ready.
    pub(crate) ready: Duration,
}

/// What a process used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) processor_s: f64,
    pub(crate) memory_kib: u64,
    pub(crate) memory_max_kib: u64,
}

/// Starts the registry.
///
/// # Errors
/// Where its port is taken.
pub(crate) async fn registry(
    options: &Options,
    plan: &Plan,
    run: &Path,
) -> Result<Running, Trouble> {
    let listen = format!("127.0.0.1:{}", options.registry_port);
    let folder = plan.images().display().to_string();
    let words = ["registry", "serve", &folder, "--listen", &listen, "--quiet"];
    let words = words.map(str::to_owned);
    let log = run.join("registry.log");
    let mut running = Running::start((&options.program, &words), run, &[], &log)?;
    let start = Instant::now();
    while reqwest::get(format!("http://{listen}/v2/")).await.is_err() {
        if start.elapsed() > READY_WITHIN {
            running.until(Duration::ZERO, |_| None::<()>).await?;
        }
        running.until(READY_WITHIN, |_| Some(())).await?;
        sleep(Duration::from_millis(20)).await;
    }
    Ok(running)
}

impl Served {
    /// Starts the server on a state, and waits until it says that it is ready.
    ///
    /// # Errors
    /// Where it does not become ready.
    pub(crate) async fn start(
        options: &Options,
        database: &Database,
        run: &Path,
    ) -> Result<Self, Trouble> {
        let config = run.join("server.yaml");
        fs::write(&config, CONFIG).map_err(Trouble::file(&config))?;
        let words = [
            "serve",
            "--config",
            &config.display().to_string(),
            "--listen",
            "127.0.0.1:0",
            "--metrics-listen",
            "127.0.0.1:0",
        ];
        let words = words.map(str::to_owned);
        let variables = [
            ("LIFTLOCK_STATE", database.address()),
            ("HOME", run.display().to_string()),
        ];
        let log = run.join("server.log");
        let start = Instant::now();
        let mut running = Running::start((&options.program, &words), run, &variables, &log)?;
        let (url, figures) = running.until(READY_WITHIN, addresses).await?;
        while !is_ready(&url).await {
            running.until(READY_WITHIN, |_| Some(())).await?;
            if start.elapsed() > READY_WITHIN {
                running.until(Duration::ZERO, |_| None::<()>).await?;
            }
            sleep(Duration::from_millis(2)).await;
        }
        Ok(Self {
            running,
            url,
            figures,
            ready: start.elapsed(),
        })
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.running.process()
    }

    /// What it used so far.
    pub(crate) fn used(&self) -> Used {
        let process = self.process();
        let (memory_kib, memory_max_kib) = usage::memory_kib(process);
        Used {
            processor_s: usage::processor_s(process),
            memory_kib,
            memory_max_kib,
        }
    }

    /// One of its figures; nothing where it does not show it.
    pub(crate) async fn figure(&self, name: &str) -> Option<f64> {
        let text = reqwest::get(&self.figures).await.ok()?.text().await.ok()?;
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
        lines.find_map(|rest| rest.trim().parse().ok())
    }

    /// Waits until its worker has looked at all pipelines that there are; how long that took.
    ///
    /// # Errors
    /// Where it takes too long.
    pub(crate) async fn looked_at_all(&self) -> Result<Duration, Trouble> {
        let start = Instant::now();
        let within = Duration::from_secs(600);
        while start.elapsed() < within {
            let pipelines = self.figure("liftlock_worker_pipelines").await;
            let late = self.figure("liftlock_worker_queue").await;
            let busy = self.figure("liftlock_worker_looks_under_way").await;
            if pipelines > Some(0.0) && late == Some(0.0) && busy == Some(0.0) {
                return Ok(start.elapsed());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(Trouble::Timeout {
            what: "the worker's first look at all pipelines".to_owned(),
            within,
            said: String::new(),
        })
    }

    /// Asks it to end, and waits for it.
    ///
    /// # Errors
    /// Where it cuts something off, or does not end.
    pub(crate) async fn end(self) -> Result<(), Trouble> {
        self.running.end().await
    }
}

/// Where it says that it is asked, and where its figures are.
fn addresses(log: &str) -> Option<(String, String)> {
    let line = log.lines().find(|line| line.contains("serving at http"))?;
    let (_, rest) = line.split_once("serving at ")?;
    let (url, rest) = rest.split_once(", figures at ")?;
    let (figures, _) = rest.split_once(';')?;
    Some((url.to_owned(), figures.to_owned()))
}

async fn is_ready(url: &str) -> bool {
    let answer = reqwest::get(format!("{url}/readyz")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_read_from_what_the_server_says() {
        let said = "x\nserving at http://127.0.0.1:5, figures at http://127.0.0.1:6/metrics; Ctrl-C ends it\n";
        let expected = ("http://127.0.0.1:5", "http://127.0.0.1:6/metrics");
        let found = addresses(said).unwrap();
        assert_eq!((found.0.as_str(), found.1.as_str()), expected);
        assert_eq!(addresses("serving at http://127.0"), None);
    }
}
