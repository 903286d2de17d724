//! A running registry.

use std::fs;
use std::path::{Path, PathBuf};
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
    /// The folder with its content.
    pub(crate) data: PathBuf,
    port: u16,
    command: Vec<String>,
    place: PathBuf,
    variables: Vec<(String, String)>,
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
        let command = software.command(&place, port, access)?;
        let variables = variables(folder)?;
        let process = launch(&command, &place, &variables)?;
        let mut registry = Self {
            host: format!("127.0.0.1:{port}"),
            data,
            port,
            command,
            place,
            variables,
            process,
        };
        registry.answers()?;
        Ok(registry)
    }

    /// Starts it once more, at the same address, with what it kept.
    pub(crate) fn again(&mut self) -> Result<(), Trouble> {
        self.process = launch(&self.command, &self.place, &self.variables)?;
        self.answers()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    fn answers(&mut self) -> Result<(), Trouble> {
        let start = Instant::now();
        let expected = [200, 401];
        while !http::get(self.port, "/v2/").is_ok_and(|answer| expected.contains(&answer.status)) {
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

    /// The same, once the log has come to rest: it is written after the answer.
    pub(crate) fn settled(&self, from: usize) -> Result<Vec<Request>, Trouble> {
        let mut count = self.answered()?;
        loop {
            thread::sleep(LOOK_EVERY);
            let now = self.answered()?;
            if now == count {
                return self.requests(from);
            }
            count = now;
        }
    }

    /// What a client asked for after the first `from` requests.
    pub(crate) fn requests_of(&self, agent: &str, from: usize) -> Result<Vec<Request>, Trouble> {
        let mut all = self.requests(from)?;
        all.retain(|request| request.agent.starts_with(agent));
        Ok(all)
    }
}

fn launch(
    command: &[String],
    place: &Path,
    variables: &[(String, String)],
) -> Result<Background, Trouble> {
    let words: Vec<_> = command.iter().map(String::as_str).collect();
    Background::start(&words, place, variables, &place.join("log"))
}
