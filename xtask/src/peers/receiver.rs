//! A receiver of webhooks, which reads them with the libraries of CloudEvents and of Standard
//! Webhooks from PyPI.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::Note;
use super::background::Background;
use super::ports;
use super::python;
use super::trouble::Trouble;

/// Fixed, so that what is shown does not change by itself.
const PACKAGES: [&str; 2] = ["cloudevents==2.2.0", "standardwebhooks==1.1.0"];

/// What calls them.
const SCRIPT: &str = include_str!("receiver/receive.py");

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A receiver at work.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    process: Background,
}

impl Receiver {
    /// Starts one that knows the key in a file; `None` where there is no Python.
    pub(crate) fn start(
        folder: &Path,
        key: &Path,
        note: &mut Note<'_>,
    ) -> Result<Option<Self>, Trouble> {
        let Some(programs) = python::with(&PACKAGES, note)? else {
            return Ok(None);
        };
        let [port] = ports::free()?;
        let script = folder.join("receive.py");
        super::folder::write(&script, SCRIPT)?;
        let words = [
            programs.join("python"),
            script,
            port.to_string().into(),
            key.to_owned(),
        ];
        let words = words.map(|word: PathBuf| word.display().to_string());
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let log = folder.join("received.log");
        let mut process = Background::start(&words, folder, &[], &log)?;
        process.until(READY_WITHIN, |log| log.contains("ready").then_some(()))?;
        Ok(Some(Self { port, process }))
    }

    /// What came to a path, once `enough` finds so.
    pub(crate) fn came(
        &mut self,
        path: &str,
        within: Duration,
        enough: impl Fn(&[Vec<String>]) -> bool,
    ) -> Result<Vec<Vec<String>>, Trouble> {
        self.process.until(within, |log| {
            let came = lines(log, path);
            enough(&came).then_some(came)
        })
    }
}

/// The lines about one path, without it.
fn lines(log: &str, path: &str) -> Vec<Vec<String>> {
    let words = |line: &str| {
        let words: Vec<Value> = serde_json::from_str(line).ok()?;
        let word = |word: &Value| word.as_str().unwrap_or_default().to_owned();
        let words: Vec<_> = words.iter().map(word).collect();
        (words.first()? == path).then(|| words[1..].to_vec())
    };
    log.lines().filter_map(words).collect()
}
