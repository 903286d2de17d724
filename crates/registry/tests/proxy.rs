//! Proxies: a small real one in this process.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::Repository;
use liftlock_registry::{Client, Options, Proxies};
use support::authority::{Authority, TlsListener};
use support::content::tag;
use support::{Auth, TestRegistry, answer, options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A name that no one has (RFC 6761, section 6.4): only the proxy knows where it is.
const HOST: &str = "registry.invalid";

/// Passes everything on to one place, and keeps the heads of the requests it was sent.
struct Proxy {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://user:hunter2@{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let head = Arc::clone(&kept);
                tokio::spawn(pass(stream, to.clone(), head));
            }
        });
        Self { address, heads }
    }

    fn take_heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }

    fn options(&self, no_proxy: &str) -> Options {
        Options {
            plain_http: vec![HOST.to_owned()],
            proxies: Proxies {
                https: Some(self.address.clone()),
                http: Some(self.address.clone()),
                no_proxy: Some(no_proxy.to_owned()),
            },
            ..options()
        }
    }
}

async fn pass(mut from: TcpStream, to: String, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(from.read_u8().await.unwrap());
    }
    let text = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(text.clone());
    let mut to = TcpStream::connect(to).await.unwrap();
    if text.starts_with("CONNECT ") {
        from.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    } else {
        // From the form that proxies are sent to the one that servers are sent.
        let origin = format!("http://{HOST}");
        to.write_all(text.replacen(&origin, "", 1).as_bytes())
            .await
            .unwrap();
    }
    let _ = copy_bidirectional(&mut from, &mut to).await;
}

fn repository() -> Repository {
    format!("{HOST}/app").parse().unwrap()
}

#[tokio::test]
async fn plain_requests_are_sent_to_the_proxy_whole() {
    let registry = TestRegistry::start(Auth::None).await;
    registry.fail_with(|_| Some(answer(200, r#"{"tags":["x"]}"#)));
    let proxy = Proxy::start(registry.host.clone()).await;
    let client = Client::new(HOST, &proxy.options("")).unwrap();
    assert_eq!(client.tags(&repository()).await.unwrap(), [tag("x")]);
    let heads = proxy.take_heads();
    let expected = format!("GET http://{HOST}/v2/app/tags/list");
    assert!(heads[0].starts_with(&expected), "{heads:?}");
    assert!(heads[0].contains("proxy-authorization: Basic"), "{heads:?}");
}

#[tokio::test]
async fn tls_goes_through_a_tunnel() {
    let authority = Authority::new();
    let config = authority.server(&[HOST], false, &[b"http/1.1"]);
    let listener = TlsListener::with(config).await;
    let host = listener.host();
    let app = Router::new().fallback(|| async { answer(200, r#"{"tags":["x"]}"#) });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(HOST)).unwrap();
    std::fs::write(folder.path().join(HOST).join("ca.crt"), authority.pem()).unwrap();
    let proxy = Proxy::start(host).await;
    let options = Options {
        certs_folders: vec![folder.path().to_owned()],
        plain_http: Vec::new(),
        ..proxy.options("")
    };
    let client = Client::new(HOST, &options).unwrap();
    assert_eq!(client.tags(&repository()).await.unwrap(), [tag("x")]);
    let heads = proxy.take_heads();
    assert!(
        heads[0].starts_with(&format!("CONNECT {HOST}:443 ")),
        "{heads:?}"
    );
    assert_eq!(heads.len(), 1);
}

#[tokio::test]
async fn hosts_of_no_proxy_and_loopback_are_spoken_to_directly() {
    let registry = TestRegistry::start(Auth::None).await;
    let proxy = Proxy::start(registry.host.clone()).await;
    for no_proxy in [HOST, "other.example.com, .invalid", "*"] {
        let client = Client::new(HOST, &proxy.options(no_proxy)).unwrap();
        let error = client.tags(&repository()).await.unwrap_err();
        assert!(
            matches!(error, RegistryError::Unreachable { .. }),
            "{error}"
        );
        assert!(!format!("{client:?} {error:?}").contains("hunter2"));
    }
    registry.fail_with(|_| Some(answer(200, r#"{"tags":["x"]}"#)));
    let client = Client::new(&registry.host, &proxy.options("")).unwrap();
    client.tags(&registry.repository("app")).await.unwrap();
    assert_eq!(proxy.take_heads(), [""; 0]);
}
