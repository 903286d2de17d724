//! A registry that is killed while it is written to: what it confirmed is there, all that it
//! serves is whole, and nothing is left of what it had not finished.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use liftlock_oci::{Digest, media_types};
use liftlock_registry::Layout;
use liftlock_registry_server::{Server, ServerOptions};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response};

use crate::support::{LOOPBACK, image};

const ROOT: &str = "LIFTLOCK_TEST_KILLED_REGISTRY";
const ADDRESS: &str = "address ";

/// The child: runs only when the parent names a folder.
#[tokio::test]
#[ignore = "run by the test below as its child"]
async fn child_serves_until_it_is_killed() {
    let Some(root) = std::env::var_os(ROOT) else {
        return;
    };
    let server = Server::bind(ServerOptions::new(root, LOOPBACK))
        .await
        .unwrap();
    println!("{ADDRESS}{}", server.address());
    server.run(std::future::pending()).await.unwrap();
}

struct Killable {
    child: Child,
    /// Open, so that the child can go on writing to it.
    _output: Lines<BufReader<ChildStdout>>,
    base: String,
}

impl Killable {
    fn start(root: &Path) -> Self {
        let arguments = "--exact kill::child_serves_until_it_is_killed --ignored --nocapture";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(arguments.split(' '))
            .env(ROOT, root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            Some(line.split_once(ADDRESS)?.1.trim().to_owned())
        });
        let base = format!("http://{}/v2/a", address.unwrap());
        Self {
            child,
            _output: lines,
            base,
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the registry confirmed: blobs, and tags with what they point at.
#[derive(Default, Clone)]
struct Confirmed {
    blobs: Vec<Digest>,
    tags: Vec<(String, Digest)>,
}

type Sent = Result<Response, reqwest::Error>;

/// Pushes until the registry is gone: blobs in one piece and in several, manifests, tags.
async fn push(base: String, worker: usize, round: usize, confirmed: Arc<Mutex<Confirmed>>) {
    let http = Client::builder().no_proxy().build().unwrap();
    for count in 0.. {
        let name = format!("{round}-{worker}-{count}");
        let layer = format!("layer {name} ").repeat(20_000);
        let pushed = async {
            let digest = if count % 2 == 0 {
                in_one(&http, &base, layer).await?
            } else {
                in_chunks(&http, &base, layer).await?
            };
            confirmed.lock().unwrap().blobs.push(digest);
            let config = in_one(&http, &base, "{}".to_owned()).await?;
            let manifest = image(config, Some(digest));
            let put = http.put(format!("{base}/manifests/{name}"));
            let put = put.header(CONTENT_TYPE, media_types::OCI_MANIFEST);
            expect(put.body(manifest.clone()).send().await, 201)?;
            let digest = Digest::of(manifest.as_bytes());
            confirmed.lock().unwrap().tags.push((name, digest));
            Ok::<_, reqwest::Error>(())
        };
        if pushed.await.is_err() {
            return;
        }
    }
}

async fn in_one(http: &Client, base: &str, blob: String) -> Result<Digest, reqwest::Error> {
    let digest = Digest::of(blob.as_bytes());
    let post = http.post(format!("{base}/blobs/uploads/?digest={digest}"));
    expect(post.body(blob).send().await, 201)?;
    Ok(digest)
}

async fn in_chunks(http: &Client, base: &str, blob: String) -> Result<Digest, reqwest::Error> {
    let digest = Digest::of(blob.as_bytes());
    let opened = http.post(format!("{base}/blobs/uploads/")).send().await;
    let opened = expect(opened, 202)?;
    let location = opened.headers()[LOCATION].to_str().unwrap();
    let session = opened.url().join(location).unwrap();
    for chunk in blob.as_bytes().chunks(100_000) {
        let patch = http.patch(session.clone()).body(chunk.to_vec());
        expect(patch.send().await, 202)?;
    }
    let put = http.put(format!("{session}?digest={digest}"));
    expect(put.send().await, 201)?;
    Ok(digest)
}

fn expect(sent: Sent, status: u16) -> Sent {
    let response = sent?;
    assert_eq!(response.status().as_u16(), status, "{}", response.url());
    Ok(response)
}

/// All that was confirmed is served, and all that is there is what its name says.
async fn look(registry: &Killable, root: &Path, confirmed: &Confirmed) {
    let http = Client::builder().no_proxy().build().unwrap();
    for digest in &confirmed.blobs {
        let get = http.get(format!("{}/blobs/{digest}", registry.base));
        let blob = expect(get.send().await, 200).unwrap();
        assert_eq!(Digest::of(&blob.bytes().await.unwrap()), *digest);
    }
    for (tag, digest) in &confirmed.tags {
        let get = http.get(format!("{}/manifests/{tag}", registry.base));
        let manifest = expect(get.send().await, 200).unwrap();
        assert_eq!(Digest::of(&manifest.bytes().await.unwrap()), *digest);
    }
    let layout = Layout::open(&root.join("a")).unwrap();
    for digest in layout.blobs().unwrap() {
        let size = layout.blob_size(digest).unwrap().unwrap();
        layout.verify_blob(digest, size).unwrap();
    }
    for tag in layout.tags().unwrap() {
        let digest = layout.tag_digest(&tag).unwrap().unwrap();
        assert!(layout.listed_manifest(digest).unwrap().is_some(), "{tag}");
    }
    let uploads = std::fs::read_dir(root.join(".liftlock-uploads")).unwrap();
    assert_eq!(uploads.count(), 0, "uploads are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_only_whole_content_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let confirmed = Arc::new(Mutex::new(Confirmed::default()));
    for round in 0..5 {
        let registry = Killable::start(root);
        let base = &registry.base;
        let pushing = (0..3).map(|n| push(base.clone(), n, round, Arc::clone(&confirmed)));
        let pushing: Vec<_> = pushing.map(tokio::spawn).collect();
        let before = confirmed.lock().unwrap().blobs.len();
        while confirmed.lock().unwrap().blobs.len() < before + 2 + round {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        registry.kill();
        for one in pushing {
            one.await.unwrap();
        }
        let registry = Killable::start(root);
        let confirmed = confirmed.lock().unwrap().clone();
        look(&registry, root, &confirmed).await;
        registry.kill();
    }
}
