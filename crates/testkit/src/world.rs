//! A folder, a registry, and the binary run in them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use liftlock_oci::Digest;
use tempfile::TempDir;

use crate::programs::{CHECK, DEPLOY};
use crate::{Deployment, Output, Process, Registry, normalise};

/// Everything one test needs. It is gone when it is dropped.
pub struct World {
    registry: Registry,
    others: BTreeMap<String, Registry>,
    variables: BTreeMap<String, String>,
    root: TempDir,
}

impl World {
    /// An empty folder and an empty registry.
    #[expect(
        clippy::new_without_default,
        reason = "it opens a port and makes a folder"
    )]
    pub fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        for folder in ["work", "home", "tmp", "registry"] {
            fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        let registry = Registry::serve(&root.path().join("registry"));
        Self {
            registry,
            others: BTreeMap::new(),
            variables: BTreeMap::new(),
            root,
        }
    }

    /// Programs have this variable too from here on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// One more empty registry. `NAME/` in files becomes its address, and its address in outputs
    /// becomes NAME.
    pub fn add_registry(&mut self, name: &str) {
        let folder = self.root.path().join(format!("registry-{name}"));
        fs::create_dir(&folder).expect("a folder");
        self.others
            .insert(name.to_owned(), Registry::serve(&folder));
    }

    /// A registry that was added.
    pub fn registry_named(&self, name: &str) -> &Registry {
        let found = self.others.get(name);
        found.unwrap_or_else(|| panic!("there is no registry {name}"))
    }

    /// Every registry, the first one first.
    pub fn registries(&self) -> impl Iterator<Item = &Registry> {
        [&self.registry].into_iter().chain(self.others.values())
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The folder of the pipeline file, in which the binary runs.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Writes a file of the folder. `REGISTRY/` in its text becomes the registry's address, and
    /// `NAME/` that of one that was [added](Self::add_registry).
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        let mut text = text.replace("REGISTRY/", &format!("{}/", self.registry.address()));
        for (name, registry) in &self.others {
            text = text.replace(&format!("{name}/"), &format!("{}/", registry.address()));
        }
        fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }

    /// Writes `liftlock.yaml`, as [`write`](Self::write) does.
    pub fn write_pipeline(&self, text: &str) {
        self.write("liftlock.yaml", text);
    }

    /// Writes a program of the folder.
    pub fn write_program(&self, path: impl AsRef<Path>, text: &str) {
        self.write(&path, text);
        let path = self.folder().join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program's mode");
    }

    /// Writes `deploy.sh` and `check.sh`, for `command: [./deploy.sh]` and `[./check.sh]`: one
    /// records each deployment, the other fails for what is [`bad`](Self::bad).
    pub fn write_programs(&self) {
        self.write_program("deploy.sh", DEPLOY);
        self.write_program("check.sh", CHECK);
        self.write("bad", "");
        self.write("deployments", "");
        for folder in ["toggle", "running"] {
            fs::create_dir_all(self.folder().join(folder)).expect("a folder");
        }
    }

    /// Makes `deploy.sh` or `check.sh` misbehave once: `deploy-fails`, `deploy-killed-before`,
    /// `-half`, `-after`, `check-killed-before`, `-after` (they kill the process that runs them);
    /// or, until it is [`released`](Self::release), `deploy-held`. `check-passed-over` leaves the
    /// others for the check after the next.
    pub fn toggle(&self, name: &str) {
        self.write(Path::new("toggle").join(name), "");
    }

    /// Takes a toggle away. Whether it was there.
    pub fn release(&self, name: &str) -> bool {
        fs::remove_file(self.folder().join("toggle").join(name)).is_ok()
    }

    /// Makes `check.sh` fail for a release from now on.
    pub fn bad(&self, release: &str) {
        self.write("bad", &format!("{release}\n"));
    }

    /// What `deploy.sh` deployed, in order.
    pub fn deployments(&self) -> Vec<Deployment> {
        let text = fs::read_to_string(self.folder().join("deployments")).unwrap_or_default();
        let read = text.lines().map(|line| {
            Deployment::read(line).unwrap_or_else(|| panic!("not a deployment: {line}"))
        });
        read.collect()
    }

    /// What runs in an environment now; `None` where nothing does, or a deployment broke off.
    pub fn running(&self, environment: &str) -> Option<Deployment> {
        let path = self.folder().join("running").join(environment);
        Deployment::read(&fs::read_to_string(path).ok()?)
    }

    /// Pushes an image of two platforms, and returns its index's digest.
    pub fn push(&self, repository: &str, tag: &str, content: &str) -> Digest {
        self.registry.push(repository, tag, content).digest
    }

    /// `ADDRESS/repository:tag`.
    pub fn reference(&self, repository: &str, tag: &str) -> String {
        format!("{}/{repository}:{tag}", self.registry.address())
    }

    /// Runs a program to its end, in the folder and with a clean environment: PATH, HOME, TMPDIR,
    /// NO_COLOR, and nothing to read.
    pub fn run(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Output {
        self.spawn(program, arguments).wait()
    }

    /// Runs a program as [`run`](Self::run) does, with one more variable.
    pub fn run_with(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        variable: (&str, &str),
    ) -> Output {
        let mut command = self.command(program, arguments);
        command.env(variable.0, variable.1);
        Process::start(command).wait()
    }

    /// Starts a program as [`run`](Self::run) does.
    pub fn spawn(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Process {
        Process::start(self.command(program, arguments))
    }

    fn command(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder());
        command.env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.root.path().join("home"));
        command.env("TMPDIR", self.root.path().join("tmp"));
        command.env("NO_COLOR", "1");
        command.envs(&self.variables);
        command
    }

    /// [`normalise`] with this world's registries and folders.
    pub fn normalise(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, registry) in &self.others {
            text = text.replace(&registry.address(), name);
        }
        normalise(&text, &self.registry.address(), &self.folder())
    }
}
