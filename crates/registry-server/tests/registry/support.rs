//! A registry of its own for each test, and a client that does no more than it is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use liftlock_oci::{Digest, media_types};
use liftlock_registry_server::faults::{Fault, Faults};
use liftlock_registry_server::{ServeError, Server, ServerOptions};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct Running {
    pub(crate) base: String,
    pub(crate) http: Client,
    pub(crate) faults: Faults,
    stop: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), ServeError>>,
    folder: Option<TempDir>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Running {
    pub(crate) async fn start(options: ServerOptions) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        Self::start_for(options, http).await
    }

    /// For this client.
    pub(crate) async fn start_for(options: ServerOptions, http: Client) -> Self {
        let faults = options.faults.clone();
        let scheme = options.tls.as_ref().map_or("http", |_| "https");
        let server = Server::bind(options).await.unwrap();
        let base = format!("{scheme}://{}", server.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Self {
            base,
            http,
            faults,
            stop,
            task,
            folder: None,
        }
    }

    /// In a folder that goes with it.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut running = Self::in_folder(folder.path()).await;
        running.folder = Some(folder);
        running
    }

    /// Switches this fault on, alone.
    pub(crate) fn fault(&self, text: &str) {
        self.faults.set([text.parse::<Fault>().unwrap()]);
    }

    pub(crate) async fn in_folder(folder: &Path) -> Self {
        Self::start(ServerOptions::new(folder, LOOPBACK)).await
    }

    pub(crate) async fn stop(self) {
        drop(self.http);
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        read(self.request(method, path).body(body.to_owned())).await
    }

    pub(crate) async fn push_blob(&self, name: &str, content: &str) -> Digest {
        let digest = Digest::of(content.as_bytes());
        let path = format!("/v2/{name}/blobs/uploads/?digest={digest}");
        assert_eq!(self.send("POST", &path, content).await.status, 201);
        digest
    }

    pub(crate) async fn put_manifest(&self, name: &str, reference: &str, body: &str) -> Answer {
        let request = self.request("PUT", &format!("/v2/{name}/manifests/{reference}"));
        read(
            request
                .header(CONTENT_TYPE, media_types::OCI_MANIFEST)
                .body(body.to_owned()),
        )
        .await
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        body["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}

/// What comes back on a connection of its own until it is closed.
pub(crate) async fn raw(registry: &Running, request: &str) -> Vec<u8> {
    let mut connection = connect(registry).await;
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whether it is closed with or without unread bytes makes no difference to what came.
    let _ = connection.read_to_end(&mut answer).await;
    answer
}

pub(crate) async fn connect(registry: &Running) -> TcpStream {
    let address = registry.base.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

pub(crate) async fn read(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

pub(crate) fn image(config: Digest, subject: Option<Digest>) -> String {
    let mut manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST,
        "config": { "mediaType": "application/x.config", "digest": config, "size": 2 },
        "layers": [],
    });
    if let Some(digest) = subject {
        let media_type = media_types::OCI_MANIFEST;
        manifest["subject"] =
            serde_json::json!({ "mediaType": media_type, "digest": digest, "size": 2 });
    }
    manifest.to_string()
}
