//! TLS: HTTP/2, certificates that are read again, and who needs TLS.

use std::path::Path;
use std::time::Duration;

use liftlock_server::{Config, Parts, ServeError, Server, TlsFiles};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, Version};

use crate::running::start;

/// Writes a certificate of its own for `localhost`; what its clients trust.
fn write(folder: &Path) -> Certificate {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let cert = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    }
}

fn trusting(root: Certificate) -> Client {
    let client = Client::builder().tls_certs_only([root]).no_proxy();
    client.build().unwrap()
}

#[tokio::test]
async fn a_changed_certificate_is_served_without_a_restart() {
    let mut first = None;
    let server = start(|setup, folder| {
        first = Some(trusting(write(folder)));
        setup.config.tls = Some(files(folder));
    })
    .await;
    let url = format!("https://localhost:{}/healthz", server.address.port());
    let answer = first.unwrap().get(&url).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_2)
    );
    assert!(answer.headers().contains_key("strict-transport-security"));

    let folder = server.folder.path();
    // Half of a renewal: what was before stays.
    std::fs::write(folder.join("cert.pem"), "half").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let renewed = write(folder);
    loop {
        // A new client, so that there is a new handshake.
        if let Ok(answer) = trusting(renewed.clone()).get(&url).send().await {
            assert_eq!(answer.status(), 200);
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn an_open_address_needs_tls_or_a_proxy() {
    let server = start(|_, _| {}).await;
    let bind = |config: Config| {
        let parts = Parts::new(server.store.clone(), server.log_key());
        Server::bind(config, parts)
    };
    let open = || Config::new("0.0.0.0:0".parse().unwrap());
    let refused = bind(open()).await.err().unwrap();
    assert!(matches!(refused, ServeError::Exposed { .. }));
    assert!(
        refused.to_string().contains("tokens could be read"),
        "{refused}"
    );
    let behind_proxy = Config {
        behind_proxy: true,
        ..open()
    };
    assert!(bind(behind_proxy).await.is_ok());
}
