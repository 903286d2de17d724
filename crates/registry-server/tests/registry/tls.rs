//! TLS, HTTP/2 over it, and clients' certificates.

use std::path::{Path, PathBuf};

use liftlock_oci::Digest;
use liftlock_registry_server::{ServeError, Server, ServerOptions, TlsOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, Identity, Version};

use crate::support::{LOOPBACK, Running, read};

/// A root, and what it signs.
struct Root(CertifiedIssuer<'static, KeyPair>);

impl Root {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate and its key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        (signed.pem(), key.serialize_pem())
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn options(folder: &Path, root: &Root) -> ServerOptions {
    let (cert, key) = root.sign("127.0.0.1");
    let mut options = ServerOptions::new(folder.join("registry"), LOOPBACK);
    options.tls = Some(TlsOptions {
        cert: write(folder, "cert.pem", &cert),
        key: write(folder, "key.pem", &key),
        client_ca: None,
    });
    options
}

fn client(root: &Root) -> reqwest::ClientBuilder {
    let root = Certificate::from_pem(root.pem().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([root])
}

#[tokio::test]
async fn blobs_go_over_http_2_and_over_http_1() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Root::new());
    let http = client(&root).build().unwrap();
    let registry = Running::start_for(options(folder.path(), &root), http).await;
    let old = client(&root).http1_only().build().unwrap();
    let bytes: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    let digest = Digest::of(&bytes);
    let push = format!("/v2/a/blobs/uploads/?digest={digest}");
    let put = read(registry.request("POST", &push).body(bytes.clone())).await;
    assert_eq!(put.status, 201);
    let url = format!("{}/v2/a/blobs/{digest}", registry.base);
    for (client, version) in [(&registry.http, Version::HTTP_2), (&old, Version::HTTP_11)] {
        let response = client.get(&url).send().await.unwrap();
        assert_eq!(response.version(), version);
        assert_eq!(response.bytes().await.unwrap(), bytes);
    }
    registry.fault("absolute-location");
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    assert!(opened.header("location").starts_with(&registry.base));
    for fault in ["close", "truncate"] {
        registry.fault(fault);
        let response = registry.http.get(&url).send().await;
        let body = async { response?.bytes().await };
        assert!(body.await.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn plain_http_is_not_answered() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Root::new());
    let registry = Running::start(options(folder.path(), &root)).await;
    let url = registry.base.replace("https", "http");
    assert!(
        registry
            .http
            .get(format!("{url}/v2/"))
            .send()
            .await
            .is_err()
    );
    let stranger = registry.http.get(format!("{}/v2/", registry.base));
    assert!(stranger.send().await.is_err(), "the root is not known");
}

#[tokio::test]
async fn only_clients_with_a_certificate_of_the_root_get_in() {
    let folder = tempfile::tempdir().unwrap();
    let (root, clients) = (Root::new(), Root::new());
    let mut options = options(folder.path(), &root);
    if let Some(tls) = &mut options.tls {
        tls.client_ca = Some(write(folder.path(), "ca.pem", &clients.pem()));
    }
    let (cert, key) = clients.sign("ann");
    let identity = |pem: String| Identity::from_pem(pem.as_bytes()).unwrap();
    let known = client(&root)
        .identity(identity(cert + &key))
        .build()
        .unwrap();
    let registry = Running::start_for(options, known).await;
    assert_eq!(registry.send("GET", "/v2/", "").await.status, 200);
    let (cert, key) = root.sign("eve");
    for stranger in [client(&root), client(&root).identity(identity(cert + &key))] {
        let get = stranger
            .build()
            .unwrap()
            .get(format!("{}/v2/", registry.base));
        assert!(get.send().await.is_err());
    }
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_named() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Root::new());
    let good = options(folder.path(), &root);
    let check = async |change: &dyn Fn(&mut TlsOptions), expected: &str| {
        let mut options = good.clone();
        change(options.tls.as_mut().unwrap());
        let Err(error) = Server::bind(options).await else {
            panic!("{expected}");
        };
        assert!(matches!(error, ServeError::Tls(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    };
    let empty = write(folder.path(), "empty.pem", "nothing");
    let (_, other) = root.sign("127.0.0.1");
    let other = write(folder.path(), "other.pem", &other);
    check(
        &|tls| tls.cert = empty.clone(),
        "empty.pem holds no certificate",
    )
    .await;
    check(&|tls| tls.key = empty.clone(), "empty.pem").await;
    check(&|tls| tls.key = folder.path().join("none.pem"), "none.pem").await;
    check(&|tls| tls.key = other.clone(), "cert.pem and its key").await;
    check(
        &|tls| tls.client_ca = Some(empty.clone()),
        "empty.pem holds",
    )
    .await;
}
