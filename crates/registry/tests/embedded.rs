//! The client and the embedded registry, with everything between them: TLS, HTTP/2, users, tokens.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use bytes::Bytes;
use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Descriptor, media_types};
use liftlock_registry::{Begun, BlobWrite, Client, Name, Options, upload_body};
use liftlock_registry_server::{AuthOptions, Server, ServerOptions, TlsOptions};
use support::authority::Authority;
use support::content::{push_index, tag};
use support::options;
use tempfile::TempDir;

/// `user:password`, as `htpasswd -B` writes it.
const USERS: &str = "user:$2b$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu\n";

struct Served {
    host: String,
    folder: TempDir,
}

impl Served {
    async fn start(tokens: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let (cert, key) = authority.loopback();
        let write = |name: &str, text: &str| -> PathBuf {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut options = ServerOptions::new(folder.path().join("registry"), address);
        options.tls = Some(TlsOptions {
            cert: write("cert.pem", &cert),
            key: write("key.pem", &key),
            client_ca: None,
        });
        options.auth = Some(AuthOptions {
            tokens,
            ..AuthOptions::new(write("users", USERS))
        });
        let server = Server::bind(options).await.unwrap();
        let host = server.address().to_string();
        tokio::spawn(server.run(std::future::pending()));
        write(&format!("certs/{host}/ca.crt"), &authority.pem());
        Self { host, folder }
    }

    fn client(&self, password: &str) -> Client {
        let config = serde_json::json!({
            "auths": { &self.host: { "username": "user", "password": password } },
        });
        let path = self.folder.path().join(format!("{password}.json"));
        std::fs::write(&path, config.to_string()).unwrap();
        let options = Options {
            docker_config: Some(path),
            certs_folders: vec![self.folder.path().join("certs")],
            ..options()
        };
        Client::new(&self.host, &options).unwrap()
    }
}

#[tokio::test]
async fn images_are_pushed_mounted_tagged_and_streamed() {
    for tokens in [false, true] {
        let served = Served::start(tokens).await;
        let client = served.client("password");
        let [a, b] = ["team/a", "team/b"].map(|path| format!("{}/{path}", served.host));
        let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
        let index = push_index(&client, &a, "one").await;
        let tags = [tag("x"), tag("y")];
        let source = Name::Digest(index.digest());
        let tagged = client.tag(&a, source, &tags).await.unwrap();
        let written = tagged.tags.iter().map(|(_, write)| write);
        let written: Vec<_> = written.map(|write| write.as_ref().unwrap()).collect();
        assert_eq!(written, [&TagWrite::Written, &TagWrite::Written]);
        assert_eq!(client.tags(&a).await.unwrap(), tags);

        let bytes: Bytes = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let blob = Descriptor::of(media_types::OCI_LAYER, &bytes);
        let Begun::Upload(session) = client.begin_upload(&a, &blob, None).await.unwrap() else {
            panic!("nothing is there yet");
        };
        let (sender, receiver) = tokio::sync::mpsc::channel(2);
        let sent = bytes.clone();
        tokio::spawn(async move {
            for at in (0..sent.len()).step_by(100_000) {
                sender.send(Ok(sent.slice(at..at + 100_000))).await.unwrap();
            }
        });
        let body = upload_body(blob.size, receiver);
        let finished = client.finish_upload(&a, session, &blob, body);
        finished.await.unwrap();
        let mounted = client.push_blob(&b, bytes.clone(), Some(&a)).await;
        assert_eq!(mounted.unwrap(), BlobWrite::Mounted);
        let mut stream = client.open_blob(&b, &blob).await.unwrap();
        let mut received = Vec::new();
        while let Some(chunk) = stream.chunk().await.unwrap() {
            received.extend_from_slice(&chunk);
        }
        assert_eq!(received, bytes);
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    for tokens in [false, true] {
        let served = Served::start(tokens).await;
        let repository = format!("{}/a", served.host).parse().unwrap();
        let error = served.client("wrong").tags(&repository).await.unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
        assert!(error.to_string().contains("docker login"), "{error}");
    }
}
