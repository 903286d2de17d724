//! A running registry.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::access_log::{Request, requests};
use super::background::Background;
use super::environment::variables;
use super::folder::Folder;
use super::http;
use super::ports;
use super::software::{Access, Software};
use super::trouble::Trouble;

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A registry on loopback; it is ended when this is dropped.
pub(crate) struct Registry {
    /// Its host and port.
    pub(crate) host: String,
    process: Background,
}

impl Registry {
    /// Starts one in a folder of that name and waits until it answers.
    pub(crate) fn start(
        folder: &Folder,
        name: &str,
        software: &Software,
        access: Access<'_>,
    ) -> Result<Self, Trouble> {
        let place = folder.sub(name)?;
        let [port] = ports::free()?;
        let data = Software::data(&place);
        fs::create_dir_all(&data).map_err(Trouble::file(&data))?;
        let words = software.command(&place, port, access)?;
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let process = Background::start(&words, &place, &variables(folder)?, &place.join("log"))?;
        let host = format!("127.0.0.1:{port}");
        let mut registry = Self { host, process };
        registry.answers(port)?;
        Ok(registry)
    }

    fn answers(&mut self, port: u16) -> Result<(), Trouble> {
        let start = Instant::now();
        let expected = [200, 401];
        while !http::get(port, "/v2/").is_ok_and(|answer| expected.contains(&answer.status)) {
            let said = self.process.log()?;
            let what = format!("the registry at {}", self.host);
            if !self.process.runs() {
                return Err(Trouble::Failed {
                    program: what,
                    status: "an end".to_owned(),
                    said,
                });
            }
            if start.elapsed() > READY_WITHIN {
                let within = READY_WITHIN;
                return Err(Trouble::Timeout { what, within, said });
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// How many requests it has answered.
    pub(crate) fn answered(&self) -> Result<usize, Trouble> {
        Ok(requests(&self.process.log()?).count())
    }

    /// What was asked for after the first `from` requests.
    pub(crate) fn requests(&self, from: usize) -> Result<Vec<Request>, Trouble> {
        Ok(requests(&self.process.log()?).skip(from).collect())
    }

    /// What a client asked for after the first `from` requests.
    pub(crate) fn requests_of(&self, agent: &str, from: usize) -> Result<Vec<Request>, Trouble> {
        let mut all = self.requests(from)?;
        all.retain(|request| request.agent.starts_with(agent));
        Ok(all)
    }
}
