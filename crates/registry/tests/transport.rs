//! Limits and retries, counted.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::Version;
use axum::response::Response;
use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Digest, Repository, media_types};
use liftlock_registry::{Begun, Client, Name, Options, upload_body};
use support::content::tag;
use support::{Auth, TestRegistry, answer, options, with};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Counts the requests that are under way at once.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

impl Crowd {
    fn enter(&self) -> usize {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.all.fetch_add(1, Ordering::SeqCst);
        now
    }

    fn leave(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

fn found() -> Response {
    let digest = Digest::of(b"").to_string();
    with(answer(200, ""), "docker-content-digest", &digest)
}

/// Serves `answers` on loopback, and returns a client of it and a repository there.
async fn serve<F, A>(answers: F, options: &Options) -> (Client, Repository)
where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let app = Router::new().fallback(answers);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let repository = format!("{host}/app").parse().unwrap();
    (Client::new(&host, options).unwrap(), repository)
}

async fn look_at_once(client: &Client, repository: &Repository, count: usize) {
    let looks = (0..count).map(|_| {
        let (client, repository) = (client.clone(), repository.clone());
        let name = tag("x");
        tokio::spawn(async move { client.manifest_digest(&repository, Name::Tag(&name)).await })
    });
    for look in looks.collect::<Vec<_>>() {
        look.await.unwrap().unwrap();
    }
}

/// A registry that answers when `crowded` requests are under way, or the last have come.
async fn crowded_at(
    crowded: usize,
    last: usize,
    first: Option<u16>,
) -> (Arc<Crowd>, Client, Repository) {
    let crowd = Arc::new(Crowd::default());
    let gate = Arc::new(Semaphore::new(0));
    let counted = Arc::clone(&crowd);
    let answers = move |_: Request| {
        let (crowd, gate) = (Arc::clone(&counted), Arc::clone(&gate));
        async move {
            let now = crowd.enter();
            let all = crowd.all.load(Ordering::SeqCst);
            if let Some(status) = first.filter(|_| all == 1) {
                crowd.leave();
                return with(answer(status, ""), "retry-after", "0");
            }
            if now >= crowded || all >= last {
                gate.add_permits(last);
            }
            gate.acquire().await.unwrap().forget();
            crowd.leave();
            found()
        }
    };
    let (client, repository) = serve(answers, &options()).await;
    (crowd, client, repository)
}

#[tokio::test]
async fn a_host_is_asked_so_many_things_at_once_and_no_more() {
    let (crowd, client, repository) = crowded_at(32, 40, None).await;
    look_at_once(&client, &repository, 40).await;
    assert_eq!(crowd.most.load(Ordering::SeqCst), 32);
    assert_eq!(crowd.all.load(Ordering::SeqCst), 40);
}

#[tokio::test]
async fn a_host_that_has_too_much_is_asked_half_as_much() {
    for status in [429, 503] {
        // One is refused and sent again, and then the others.
        let (crowd, client, repository) = crowded_at(16, 42, Some(status)).await;
        let release = look_at_once(&client, &repository, 1);
        let others = async {
            while crowd.all.load(Ordering::SeqCst) < 2 {
                tokio::task::yield_now().await;
            }
            look_at_once(&client, &repository, 40).await;
        };
        tokio::join!(release, others);
        assert_eq!(crowd.most.load(Ordering::SeqCst), 16, "{status}");
    }
}

#[tokio::test]
async fn a_date_to_come_back_at_is_understood() {
    let registry = TestRegistry::start(Auth::None).await;
    let client = registry.client();
    let repository = registry.repository("app");
    let name = tag("x");
    let look = || client.manifest_digest(&repository, Name::Tag(&name));
    let date = "Sat, 01 Jan 2000 00:00:00 GMT";
    let count = AtomicUsize::new(0);
    registry.fail_with(move |_| {
        let refused = with(answer(429, ""), "retry-after", date);
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        first.then(|| with(refused, "date", date))
    });
    assert_eq!(look().await.unwrap(), None);
    assert_eq!(registry.take_log().len(), 2);
    // An hour is too long to wait.
    registry.fail_with(move |_| {
        let later = "Sat, 01 Jan 2000 01:00:00 GMT";
        Some(with(
            with(answer(429, ""), "retry-after", later),
            "date",
            date,
        ))
    });
    let error = look().await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Status { status: 429, .. }),
        "{error}"
    );
    assert_eq!(registry.take_log().len(), 1);
}

#[tokio::test]
async fn a_stream_is_never_sent_twice() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository) = (registry.client(), registry.repository("app"));
    let blob = Descriptor::of(media_types::OCI_LAYER, b"layer");
    for status in [429, 503] {
        let Begun::Upload(session) = client.begin_upload(&repository, &blob, None).await.unwrap()
        else {
            panic!("nothing is there yet");
        };
        registry.take_log();
        registry.fail_with(move |request| {
            let refused = with(answer(status, ""), "retry-after", "0");
            (request.method() == "PUT").then_some(refused)
        });
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        sender.send(Ok(Bytes::from_static(b"layer"))).await.unwrap();
        let body = upload_body(5, receiver);
        let error = client
            .finish_upload(&repository, session, &blob, body)
            .await;
        let error = error.unwrap_err();
        assert!(matches!(error, RegistryError::Status { .. }), "{error}");
        assert_eq!(registry.take_log().len(), 1);
    }
}

/// The time to wait for bytes is that between two of them, and not that of a whole upload.
#[tokio::test]
async fn an_upload_may_take_longer_than_the_silence_that_is_waited_out() {
    let registry = TestRegistry::start(Auth::None).await;
    let patient = Options {
        read_timeout: Duration::from_millis(400),
        ..options()
    };
    let client = Client::new(&registry.host, &patient).unwrap();
    let repository = registry.repository("app");
    let blob = Descriptor::of(media_types::OCI_LAYER, b"12345678");
    let begun = client.begin_upload(&repository, &blob, None).await.unwrap();
    let Begun::Upload(session) = begun else {
        panic!("nothing is there yet");
    };
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        for byte in b"12345678" {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sender
                .send(Ok(Bytes::copy_from_slice(&[*byte])))
                .await
                .unwrap();
        }
    });
    let body = upload_body(8, receiver);
    let finished = client
        .finish_upload(&repository, session, &blob, body)
        .await;
    finished.unwrap();
}

#[tokio::test]
async fn a_registry_that_falls_silent_is_given_up_and_not_asked_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let impatient = Options {
        read_timeout: Duration::from_millis(50),
        ..options()
    };
    let silent = move |_: Request| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<Response>()
    };
    let (client, repository) = serve(silent, &impatient).await;
    let error = client.tags(&repository).await.unwrap_err();
    assert!(
        error.to_string().contains("nothing came for 0.05 s"),
        "{error}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn http_1_is_spoken_without_tls() {
    let answers = |request: Request| async move {
        let old = request.version() == Version::HTTP_11;
        answer(if old { 200 } else { 500 }, r#"{"tags":["x"]}"#)
    };
    let (client, repository) = serve(answers, &options()).await;
    assert_eq!(client.tags(&repository).await.unwrap(), [tag("x")]);
}
