//! TLS: authorities and client certificates of `certs.d`, and HTTP/2.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::Version;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::Repository;
use liftlock_registry::{Client, Options};
use support::authority::{Authority, TlsListener};
use support::content::tag;
use support::{answer, options};
use tempfile::TempDir;

/// A server over TLS that lists the tag `h2` to whoever speaks HTTP/2, and `h1` otherwise.
async fn serve(authority: &Authority, asks_clients: bool) -> String {
    let listener = TlsListener::bind(authority, asks_clients, &[b"h2", b"http/1.1"]).await;
    let host = listener.host();
    let app = Router::new().fallback(|request: Request| async move {
        let version = match request.version() {
            Version::HTTP_2 => "h2",
            _ => "h1",
        };
        answer(200, &format!(r#"{{"tags":["{version}"]}}"#))
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    host
}

/// `certs.d` with these files for one host.
fn certs(host: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(host)).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(host).join(name), text).unwrap();
    }
    folder
}

fn client(host: &str, folders: &[&Path]) -> Result<Client, RegistryError> {
    let certs_folders = folders.iter().map(|folder| folder.to_path_buf()).collect();
    let options = Options {
        certs_folders,
        ..options()
    };
    Client::new(host, &options)
}

async fn tags(host: &str, folder: &TempDir) -> Result<String, RegistryError> {
    let client = client(host, &[folder.path()])?;
    let repository: Repository = format!("{host}/app").parse().unwrap();
    let tags = client.tags(&repository).await?;
    Ok(tags[0].to_string())
}

#[tokio::test]
async fn an_authority_in_the_hosts_folder_is_trusted_and_http_2_is_spoken() {
    let authority = Authority::new();
    let host = serve(&authority, false).await;
    let folder = certs(&host, &[("ca.crt", &authority.pem())]);
    assert_eq!(tags(&host, &folder).await.unwrap(), "h2");
}

#[tokio::test]
async fn another_authority_is_not_trusted() {
    let host = serve(&Authority::new(), false).await;
    let folder = certs(&host, &[("ca.crt", &Authority::new().pem())]);
    let error = tags(&host, &folder).await.unwrap_err();
    let expected = format!("certs.d/{host}/ca.crt");
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&expected), "{error}");
}

#[tokio::test]
async fn the_client_shows_its_certificate_where_it_has_one() {
    let authority = Authority::new();
    let host = serve(&authority, true).await;
    let pem = authority.pem();
    let (cert, key) = authority.client();
    let both = [("ca.crt", &*pem), ("ci.cert", &*cert), ("ci.key", &*key)];
    let folder = certs(&host, &both);
    assert_eq!(tags(&host, &folder).await.unwrap(), "h2");
    let without = certs(&host, &both[..1]);
    let error = tags(&host, &without).await.unwrap_err();
    assert!(error.to_string().contains("client.cert"), "{error}");
    let (cert, key) = Authority::new().client();
    let stranger = [("ca.crt", &*pem), ("ci.cert", &*cert), ("ci.key", &*key)];
    let error = tags(&host, &certs(&host, &stranger)).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_first_folder_that_has_the_host_counts() {
    let authority = Authority::new();
    let host = serve(&authority, false).await;
    let right = certs(&host, &[("ca.crt", &authority.pem())]);
    let wrong = certs(&host, &[("ca.crt", &Authority::new().pem())]);
    let elsewhere = certs("other.example.com", &[]);
    let repository: Repository = format!("{host}/app").parse().unwrap();
    for (folders, works) in [
        ([elsewhere.path(), right.path(), wrong.path()], true),
        ([elsewhere.path(), wrong.path(), right.path()], false),
    ] {
        let client = client(&host, &folders).unwrap();
        assert_eq!(client.tags(&repository).await.is_ok(), works);
    }
    let missing = Path::new("/nonexistent");
    client(&host, &[missing, right.path()]).unwrap();
}

#[tokio::test]
async fn bad_files_are_named() {
    let authority = Authority::new();
    let (cert, key) = authority.client();
    let pem = authority.pem();
    let broken = pem.replace("MII", "AAA");
    let host = "registry.example.com:5000";
    for (files, named) in [
        (
            vec![("ca.crt", "nothing")],
            "ca.crt is not usable: there is no certificate",
        ),
        (vec![("ca.crt", &*broken)], "ca.crt is not usable: not a"),
        (
            vec![("ci.cert", &*cert)],
            "ci.cert is not usable: the key for it",
        ),
        (
            vec![("ci.key", &*key)],
            "ci.key is not usable: the certificate for it",
        ),
        (
            vec![("ci.cert", &*cert), ("ci.key", "nothing")],
            "ci.cert is not usable: it is not a certificate with its key",
        ),
        (
            vec![
                ("a.cert", &*cert),
                ("a.key", &*key),
                ("b.cert", &*cert),
                ("b.key", &*key),
            ],
            "b.cert is not usable: one client certificate",
        ),
    ] {
        let folder = certs(host, &files);
        let error = client(host, &[folder.path()]).unwrap_err();
        assert!(matches!(error, RegistryError::Content { .. }), "{error}");
        assert!(error.to_string().contains(named), "{error}");
        assert!(!error.to_string().contains("PRIVATE"), "{error}");
    }
    let fine = [("ca.crt", &*pem), ("ci.cert", &*cert), ("ci.key", &*key)];
    let folder = certs(host, &fine);
    let client = client(host, &[folder.path()]).unwrap();
    assert!(!format!("{client:?}").contains("PRIVATE"));
}

#[tokio::test]
async fn tls_to_a_registry_without_it_says_what_to_do() {
    let registry = support::TestRegistry::start(support::Auth::None).await;
    let folder = certs(&registry.host, &[]);
    let error = tags(&registry.host, &folder).await.unwrap_err();
    let expected = format!("LIFTLOCK_PLAIN_HTTP={}", registry.host);
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(registry.take_log(), [""; 0]);
    let _ = tag("x");
}
