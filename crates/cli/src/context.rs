//! Where a command works: pipeline file, state, registries, and who acts.

mod adoption;
mod log_key;
mod pipeline;
mod state;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_attestor::Attestor;
use liftlock_core::{Actor, Labels, Policy, State};
use liftlock_delivery::{Allowed, DeliveryOptions, LocalDelivery};
use liftlock_engine::ports::{Log, Store as _};
use liftlock_engine::worker::Stop;
use liftlock_ledger::SigningKey;
use liftlock_registry::HttpRegistries;
use liftlock_store::{DatabaseLog, DatabaseStore, OpenMode};
use liftlock_verbs::{Access, App, Done, Failure, Request, Session, Site, asked};

use crate::keys::{KeyFolder, LocalKeys};
use crate::output::{Ui, report};
use crate::registries::registry_options;
use crate::remote::{self, Server};
use crate::system::actor;

pub(crate) use adoption::warn_of_other;
pub(crate) use log_key::own_key;
pub(crate) use pipeline::{load_policy, pipeline_file};

/// What every command is told.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) file: PathBuf,
    pub(crate) state: Option<String>,
    pub(crate) act_as: Option<String>,
}

/// An opened pipeline, and what has to stay while it is.
pub(crate) struct Opened {
    session: Session,
    /// Keeps the folder of a state that is thrown away.
    _scratch: Option<Scratch>,
}

impl Deref for Opened {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Context {
    /// The server that is asked; `None` where the state is at hand.
    pub(crate) fn server(&self) -> Result<Option<Server>, Failure> {
        let given = self.state.as_deref();
        let given = given.filter(|given| remote::is_server(given));
        given.map(Server::new).transpose()
    }

    /// The pipeline file's folder: where its paths start.
    pub(crate) fn folder(&self) -> PathBuf {
        match self.file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        }
    }

    /// A file in that folder, as short as it can be said.
    fn beside(&self, name: &str) -> PathBuf {
        match self.file.parent() {
            Some(parent) => parent.join(name),
            None => PathBuf::from(name),
        }
    }

    /// Who acts.
    pub(crate) fn actor(&self) -> Result<Actor, Failure> {
        actor(self.act_as.as_deref())
    }

    /// The registries, with docker's credentials as `docker login` left them.
    pub(crate) fn registries(&self) -> HttpRegistries {
        HttpRegistries::new(registry_options())
    }

    /// Carries a request out, and says what is said on the way.
    pub(crate) async fn carry_out(&self, request: Request) -> Result<Done, Failure> {
        if let Some(server) = self.server()? {
            return remote::carry_out(&server, request, self).await;
        }
        let access = request.access();
        let opened = match request.is_about_policy() {
            true => self.open_for_policy(access).await?,
            false => self.open(access).await?,
        };
        request.carry_out(&opened).await
    }

    /// Opens the state for a pipeline. The first command on a new state adopts the pipeline file;
    /// afterwards a file that differs from what was adopted stops every command that decides.
    pub(crate) async fn open(&self, access: Access) -> Result<Opened, Failure> {
        let policy = self.known_policy()?;
        let (app, scratch) = self.app(policy.as_ref(), access).await?;
        let state = adoption::settle(self, &app, policy, access, scratch.is_some()).await?;
        Ok(self.opened((app, state), scratch))
    }

    /// Opens the state without comparing the pipeline file: for the verbs about the policy itself.
    pub(crate) async fn open_for_policy(&self, access: Access) -> Result<Opened, Failure> {
        let policy = self.known_policy()?;
        let (app, scratch) = self.app(policy.as_ref(), access).await?;
        let state = asked::state(&app).await?;
        Ok(self.opened((app, state), scratch))
    }

    fn opened(&self, (app, state): (App, Arc<State>), scratch: Option<Scratch>) -> Opened {
        let session = Session {
            app,
            state,
            voice: self.ui.voice(),
        };
        Opened {
            session,
            _scratch: scratch,
        }
    }

    /// The pipeline file's policy. Without one there must be a state that holds it: none is made
    /// for a command that cannot go on.
    fn known_policy(&self) -> Result<Option<Policy>, Failure> {
        let policy = load_policy(self)?;
        if policy.is_none() && !self.has_state()? {
            let (file, state) = (self.file.display(), self.state_name()?);
            return Err(Failure::usage(format!(
                "there is no {file} here, and no state at {state}"
            ))
            .hint("`liftlock init IMAGE` writes a pipeline file"));
        }
        Ok(policy)
    }

    /// The pipeline that is meant: the file's, or the only one in the state.
    pub(crate) async fn pipeline(
        &self,
        store: &DatabaseStore,
    ) -> Result<liftlock_core::PipelineName, Failure> {
        match load_policy(self)? {
            Some(policy) => Ok(policy.pipeline),
            None => pipeline::only_one(self, store).await,
        }
    }

    /// An engine for each pipeline there is, to read with; none where there is no state.
    pub(crate) async fn engines(&self) -> Result<Vec<App>, Failure> {
        if !self.has_state()? {
            return Ok(Vec::new());
        }
        let (store, _) = self.open_store(Access::Read).await?;
        let site = self.site(store.clone(), own_key(&store)?)?;
        let mut engines = Vec::new();
        for stream in store.streams().await? {
            let pipeline = stream.parse().map_err(|error: liftlock_core::NameError| {
                Failure::failed(
                    "state",
                    format!("the state holds a pipeline that is none: {error}"),
                )
            })?;
            engines.push(site.app(pipeline, self.actor()?, report(self.ui)));
        }
        Ok(engines)
    }

    async fn app(
        &self,
        policy: Option<&Policy>,
        access: Access,
    ) -> Result<(App, Option<Scratch>), Failure> {
        let (store, scratch) = self.open_store(access).await?;
        let log_key = match access {
            Access::Write => Some(log_key::settle(self, &store).await?),
            Access::Read | Access::DryRun => None,
        };
        let pipeline = match policy {
            Some(policy) => policy.pipeline.clone(),
            None => pipeline::only_one(self, &store).await?,
        };
        let site = self.site(store, log_key)?;
        Ok((site.app(pipeline, self.actor()?, report(self.ui)), scratch))
    }

    /// What deploys and checks here; everything is allowed where nothing is said.
    pub(crate) fn delivery(&self, allowed: Option<Allowed>) -> LocalDelivery {
        let options = DeliveryOptions {
            allowed,
            ..delivery_options()
        };
        LocalDelivery::new(self.folder(), options)
    }

    /// What engines over a state are made of here.
    pub(crate) fn site(
        &self,
        store: DatabaseStore,
        log_key: Option<SigningKey>,
    ) -> Result<Site, Failure> {
        self.site_with((store, self.registries()), log_key)
    }

    /// The same with registries that were made already.
    pub(crate) fn site_with(
        &self,
        (store, registries): (DatabaseStore, HttpRegistries),
        log_key: Option<SigningKey>,
    ) -> Result<Site, Failure> {
        let keys = Arc::new(LocalKeys(KeyFolder::of(None, self)?));
        let log = log_key.map(|key| Arc::new(DatabaseLog::new(store.clone(), key)) as Arc<dyn Log>);
        Ok(Site {
            store,
            attestations: Arc::new(Attestor::new(registries.clone(), keys)),
            registries,
            labels: Labels::All,
            delivery: self.delivery(None),
            log,
            pipelines: Arc::default(),
            stop: Stop::default(),
        })
    }

    /// Opens the state's file alone.
    pub(crate) async fn open_store(
        &self,
        access: Access,
    ) -> Result<(DatabaseStore, Option<Scratch>), Failure> {
        let (path, default) = self.state_path()?;
        let there = self.has_state()?;
        match access {
            Access::Read | Access::DryRun if there => {
                Ok((self.open_state(OpenMode::ReadOnly).await?, None))
            }
            Access::Read => Err(Failure::usage(format!(
                "there is no state at {} yet",
                path.display()
            ))
            .hint("`liftlock release create NAME IMAGE` makes the first record")),
            Access::DryRun => {
                // Nothing may be changed, and there is nothing: decide in a state of no duration.
                let scratch = Scratch::new()?;
                let path = scratch.path().join("state.db");
                Ok((
                    DatabaseStore::open(&path, OpenMode::Create).await?,
                    Some(scratch),
                ))
            }
            Access::Write => {
                if default && !there && std::env::var_os("CI").is_some() {
                    self.ui.warn(&format!(
                        "{} is new, and will be gone with this job; keep the state with --state or LIFTLOCK_STATE",
                        path.display()
                    ));
                }
                Ok((self.open_state(OpenMode::Create).await?, None))
            }
        }
    }
}

/// What docker's own tools read, so that compose reaches the same engine as the user does.
fn delivery_options() -> DeliveryOptions {
    let docker = [
        "DOCKER_HOST",
        "DOCKER_CONTEXT",
        "DOCKER_CONFIG",
        "DOCKER_TLS_VERIFY",
        "DOCKER_CERT_PATH",
    ];
    DeliveryOptions {
        pass_env: docker.map(str::to_owned).to_vec(),
        allowed: None,
    }
}

/// A folder that is removed when it is no longer needed.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder that only this user can read.
    pub(crate) fn new() -> Result<Self, Failure> {
        for attempt in 0..100u32 {
            let unique = format!("liftlock-{}-{attempt}", std::process::id());
            let path = std::env::temp_dir().join(unique);
            match create_private(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let message = format!("{} cannot be made: {error}", path.display());
                    return Err(Failure::failed("folder", message));
                }
            }
        }
        Err(Failure::failed(
            "folder",
            "no folder can be made for temporary files",
        ))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir(path)
}
