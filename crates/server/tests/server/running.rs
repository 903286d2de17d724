//! A server that runs in this process.

use std::path::Path;
use std::sync::Arc;

use liftlock_core::access::ServerRoles;
use liftlock_engine::ports::Store as _;
use liftlock_ledger::SigningKey;
use liftlock_server::{
    Authenticate, Claimed, Config, Ended, Parts, Routes, Server, Shutdown, Task,
};
use liftlock_store::{DatabaseStore, OpenMode, make_log_key, read_log_key};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::task::JoinHandle;

/// A server, its state, and who asks it.
pub(crate) struct Running {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) metrics: Option<std::net::SocketAddr>,
    pub(crate) store: DatabaseStore,
    pub(crate) client: Client,
    pub(crate) shutdown: Shutdown,
    pub(crate) ended: JoinHandle<Ended>,
    pub(crate) folder: tempfile::TempDir,
}

/// What a test changes before the server runs.
pub(crate) struct Setup {
    pub(crate) store: DatabaseStore,
    pub(crate) config: Config,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) routes: Routes,
    pub(crate) roles: ServerRoles,
    pub(crate) tasks: Vec<Task>,
}

/// Everyone is `ada`.
pub(crate) fn ada() -> Arc<dyn Authenticate> {
    Arc::new(Claimed::new("ada".parse().unwrap()))
}

pub(crate) async fn start(change: impl FnOnce(&mut Setup, &Path)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let store = DatabaseStore::open(folder.path().join("state.db"), OpenMode::Create);
    let store = store.await.unwrap();
    let (log_key, _) = make_log_key(store.path(), None).unwrap();
    let mut setup = Setup {
        store: store.clone(),
        config: Config::new("127.0.0.1:0".parse().unwrap()),
        authenticate: ada(),
        routes: Routes::default(),
        roles: ServerRoles {
            claimed: true,
            ..ServerRoles::default()
        },
        tasks: Vec::new(),
    };
    change(&mut setup, folder.path());
    let parts = Parts {
        authenticate: setup.authenticate,
        roles: setup.roles,
        routes: setup.routes,
        tasks: setup.tasks,
        ..Parts::new(store.clone(), log_key)
    };
    let server = Server::bind(setup.config, parts).await.unwrap();
    Running {
        address: server.address(),
        metrics: server.metrics_address(),
        store,
        client: Client::builder().no_proxy().build().unwrap(),
        shutdown: server.shutdown(),
        ended: tokio::spawn(server.run()),
        folder,
    }
}

impl Running {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub(crate) fn log_key(&self) -> SigningKey {
        read_log_key(self.store.path()).unwrap().unwrap()
    }

    /// Appends entries that are numbers to a stream that has `expected` of them.
    pub(crate) async fn append(&self, stream: &str, expected: u64, count: u64) {
        let entries: Vec<Vec<u8>> = (expected..expected + count)
            .map(|n| {
                format!("{{\"event\":{{\"type\":\"step-{n}\"}},\"n\":{n},\"stream\":\"{stream}\"}}")
                    .into_bytes()
            })
            .collect();
        let mut version = expected;
        for some in entries.chunks(100) {
            let appended = self.store.append(stream, version, some, None).await;
            version = appended.unwrap().version;
        }
    }
}

/// An error's status and code, in the one form that errors have.
pub(crate) async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "application/json");
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["version"], 1, "{body}");
    let keys: Vec<&String> = body["error"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "details", "hint", "message"], "{body}");
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}
