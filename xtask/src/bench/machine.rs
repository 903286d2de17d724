//! What the figures were measured on, and with.

use std::fs;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use super::scene::Scene;
use crate::peers::program::Program;
use crate::peers::software::Software;
use crate::peers::trouble::Trouble;

/// A machine and the versions of the programs.
pub(super) struct Machine {
    cores: usize,
    processor: String,
    memory: String,
    kernel: String,
    commit: String,
    profile: String,
    registry: String,
    clients: Vec<(&'static str, String)>,
}

/// Looks around; each program is run once, which also brings it into memory.
pub(super) fn describe(scene: &Scene<'_>) -> Result<Machine, Trouble> {
    let says = |program: &Path, words: &[&str]| -> Result<String, Trouble> {
        let said = Program::new(program, words).must()?;
        Ok(version(&said))
    };
    let mut clients = Vec::new();
    for client in &scene.clients {
        clients.push((client.name(), says(&client.program, &[client.version()])?));
    }
    let registry = match &scene.software {
        Software::DockerRegistry => says(Path::new("docker-registry"), &["--version"])?,
        Software::Distribution(program) => says(program, &["--version"])?,
        Software::Zot(_) | Software::Embedded(_) => String::new(),
    };
    let commit = Program::new("git", ["describe", "--always", "--dirty"]).run()?;
    let read = |path: &str| fs::read_to_string(path).map_err(Trouble::file(Path::new(path)));
    Ok(Machine {
        cores: thread::available_parallelism().map_or(0, usize::from),
        processor: field(&read("/proc/cpuinfo")?, "model name"),
        memory: field(&read("/proc/meminfo")?, "MemTotal"),
        kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        commit: commit.stdout.trim().to_owned(),
        profile: scene.options.profile.clone(),
        registry: format!("{} {registry}", scene.software.name())
            .trim()
            .to_owned(),
        clients,
    })
}

impl Machine {
    /// For people.
    pub(super) fn text(&self) -> String {
        let clients = self.clients.iter();
        let clients: Vec<_> = clients
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        format!(
            "{} cores, {}, {} of memory, Linux {}\n{}\nregistries: {}\nliftlock at {}, profile {}",
            self.cores,
            self.processor,
            self.memory,
            self.kernel,
            clients.join(", "),
            self.registry,
            self.commit,
            self.profile
        )
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        let clients = self.clients.iter();
        let clients: Vec<_> = clients
            .map(|(name, version)| json!({ "name": name, "version": version }))
            .collect();
        json!({
            "cores": self.cores, "processor": self.processor, "memory": self.memory,
            "kernel": self.kernel, "commit": self.commit, "profile": self.profile,
            "registry": self.registry, "clients": clients,
        })
    }
}

/// The value of the first line `name : value`; nothing where there is none.
fn field(text: &str, name: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| key.trim() == name);
    found.map_or("", |(_, value)| value.trim()).to_owned()
}

/// The first word that has digits and dots, as programs say their versions in many ways.
fn version(said: &str) -> String {
    let mut words = said.split_whitespace();
    let is_one = |word: &&str| {
        let digits = word.trim_start_matches('v');
        digits.contains('.') && digits.starts_with(|c: char| c.is_ascii_digit())
    };
    words.find(is_one).unwrap_or("(unknown version)").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        for (said, expected) in [
            ("skopeo version 1.9.3\n", "1.9.3"),
            ("VCSTag:  v0.11.7\nVCSRef: x\n", "v0.11.7"),
            (
                "docker-registry github.com/docker/distribution 2.8.2+ds1\n",
                "2.8.2+ds1",
            ),
            ("0.22.1\n", "0.22.1"),
            ("none\n", "(unknown version)"),
        ] {
            assert_eq!(version(said), expected);
        }
    }

    #[test]
    fn a_field_is_the_first_of_its_name() {
        let text = "processor\t: 0\nmodel name\t: A CPU: fast\nmodel name\t: B\n";
        assert_eq!(field(text, "model name"), "A CPU: fast");
        assert_eq!(field(text, "none"), "");
    }
}
