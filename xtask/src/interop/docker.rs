//! A docker daemon of our own, beside the machine's if it has one.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::report::Report;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::{Folder, write};
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// How long the daemon may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What keeps it from touching the machine's: published ports go through docker's own proxy on
/// loopback, so neither firewall rules nor a bridge of the daemon are needed.
const APART: [&str; 8] = [
    "--iptables=false",
    "--ip6tables=false",
    "--ip-forward=false",
    "--ip-masq=false",
    "--bridge=none",
    "--containerd-namespace=liftlock-interop",
    "--containerd-plugins-namespace=liftlock-interop-plugins",
    "--log-level=warn",
];

/// The daemon; its containers and networks go with it.
pub(super) struct Docker {
    variables: Vec<(String, String)>,
    place: PathBuf,
    daemon: Mutex<Background>,
}

/// A container, as docker describes it.
pub(super) struct Container {
    /// Its id.
    pub(super) id: String,
    /// The image it was asked for.
    pub(super) image: String,
}

impl Docker {
    /// Starts it and waits until it answers.
    pub(super) fn start(folder: &Folder) -> Result<Self, Trouble> {
        let place = folder.sub("docker")?;
        let variables = variables(folder)?;
        let daemon = Mutex::new(daemon(&place, &variables)?);
        let docker = Self {
            variables,
            place,
            daemon,
        };
        docker.answers()?;
        Ok(docker)
    }

    /// Ends it as a machine that loses its power does. Its containers are left to themselves.
    pub(super) fn kill(&self) -> Result<(), Trouble> {
        self.daemon().kill()
    }

    /// Starts it again after [`Self::kill`], and waits until it answers.
    pub(super) fn again(&self) -> Result<(), Trouble> {
        *self.daemon() = daemon(&self.place, &self.variables)?;
        self.answers()
    }

    fn daemon(&self) -> MutexGuard<'_, Background> {
        self.daemon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> Result<(), Trouble> {
        let start = Instant::now();
        while self.program(&["version"]).run()?.code != Some(0) {
            let mut daemon = self.daemon();
            let said = daemon.log()?;
            let what = "dockerd".to_owned();
            if !daemon.runs() {
                let (program, status) = (what, "an end".to_owned());
                return Err(Trouble::Failed {
                    program,
                    status,
                    said,
                });
            }
            if start.elapsed() > READY_WITHIN {
                let within = READY_WITHIN;
                return Err(Trouble::Timeout { what, within, said });
            }
            drop(daemon);
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Docker's command line, spoken to this daemon.
    pub(super) fn program(&self, words: &[&str]) -> Program {
        Program::new("docker", words).environment(&self.variables)
    }

    /// Runs a docker command that has to end well; what it printed, trimmed.
    pub(super) fn must(&self, words: &[&str]) -> Result<String, Trouble> {
        Ok(self.program(words).must()?.trim().to_owned())
    }

    /// The running containers of a compose project's service.
    pub(super) fn containers(
        &self,
        project: &str,
        service: &str,
    ) -> Result<Vec<Container>, Trouble> {
        let label = |key: &str, value: &str| format!("label=com.docker.compose.{key}={value}");
        let (project, service) = (label("project", project), label("service", service));
        let ids = self.must(&["ps", "-q", "--no-trunc", "-f", &project, "-f", &service])?;
        ids.lines()
            .map(|id| {
                let words = ["inspect", "--format", "{{.Config.Image}}", id];
                let (id, image) = (id.to_owned(), self.must(&words)?);
                Ok(Container { id, image })
            })
            .collect()
    }

    /// The repositories and digests docker got an image under.
    pub(super) fn digests(&self, image: &str) -> Result<Vec<String>, Trouble> {
        let said = self.must(&[
            "image",
            "inspect",
            "--format",
            "{{json .RepoDigests}}",
            image,
        ])?;
        serde_json::from_str(&said).map_err(|_| Trouble::answer("docker image inspect", said))
    }

    /// Runs compose, whichever this machine has, as somebody would by hand.
    pub(super) fn compose(&self, dir: &Path, words: &[&str]) -> Result<String, Trouble> {
        let plugin = self.program(&["compose", "version"]).run()?.code == Some(0);
        let program = if plugin {
            self.program(&[&["compose"], words].concat())
        } else {
            Program::new("docker-compose", words).environment(&self.variables)
        };
        program.dir(dir).must()
    }

    /// Ends it, and says whether it ended well.
    pub(super) fn stop(self, report: &mut Report<'_>) -> Result<(), Trouble> {
        self.clear();
        let code = self.daemon().terminate()?;
        report.equal("the docker daemon ends when asked", Some(0), code);
        Ok(())
    }

    /// Best effort: it is also done where something failed before.
    fn clear(&self) {
        let Ok(ids) = self.must(&["ps", "-aq"]) else {
            return;
        };
        let remove: Vec<_> = ["rm", "-f", "-v"].into_iter().chain(ids.lines()).collect();
        if !ids.is_empty() {
            self.program(&remove).run().ok();
        }
        // Their bridges are the machine's, and would stay.
        self.program(&["network", "prune", "-f"]).run().ok();
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        if self.daemon().runs() {
            self.clear();
        }
    }
}

/// Starts the daemon in its folder.
fn daemon(place: &Path, variables: &[(String, String)]) -> Result<Background, Trouble> {
    let config = place.join("daemon.json");
    // The machine's own configuration is not ours.
    write(&config, "{}\n")?;
    let at = |name: &str| place.join(name).display().to_string();
    let words = [
        "dockerd".to_owned(),
        format!("--config-file={}", config.display()),
        format!("--data-root={}", at("data")),
        format!("--exec-root={}", at("exec")),
        format!("--pidfile={}", at("pid")),
        format!("--host=unix://{}", at("docker.sock")),
    ];
    let words: Vec<_> = words.iter().map(String::as_str).chain(APART).collect();
    Background::start(&words, place, variables, &place.join("log"))
}
