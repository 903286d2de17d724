//! Logs and traces: what is in them, and what never is. In a process of its own: what one test
//! logs is not to depend on what others do beside it.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]
#![expect(clippy::disallowed_methods, reason = "tests have routes of their own")]

#[expect(dead_code, reason = "shared with the server's other tests")]
#[path = "../server/running.rs"]
mod running;

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use liftlock_server::{LogFormat, Telemetry};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use liftlock_engine::ports::Store as _;

use crate::running::start;

/// Promotions as they were once recorded.
const RECORDED: &str = include_str!("../../../core/tests/golden/v1-ends.jsonl");

/// What is written into it.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A receiver of OTLP over HTTP, and what came.
async fn receiver() -> (String, Arc<Mutex<Vec<Bytes>>>) {
    let came = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&came);
    let routes = Router::new().route(
        "/v1/traces",
        post(move |body: Bytes| async move { keep.lock().unwrap().push(body) }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (address, came)
}

fn spans(came: &Mutex<Vec<Bytes>>) -> Vec<Span> {
    let came = came.lock().unwrap();
    let requests = came
        .iter()
        .map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap());
    let resources = requests.flat_map(|request| request.resource_spans);
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

#[tokio::test]
async fn logs_and_traces_name_promotions_and_digests_and_never_a_secret() {
    let (endpoint, came) = receiver().await;
    let lines = Lines::default();
    let telemetry = Telemetry {
        format: LogFormat::Json,
        otlp: Some(endpoint),
        ..Telemetry::default()
    };
    let (subscriber, traces) = telemetry.subscriber(lines.clone()).unwrap();
    let logging = tracing::subscriber::set_default(subscriber);
    let server = start(|_, _| {}).await;

    // A secret wherever a client can put one, and one in what a person wrote.
    let secret = "hunter2secret";
    let url = server.url(&format!("/log/{secret}?token={secret}"));
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        let request = server.client.request(method, &url);
        let request = request
            .bearer_auth(secret)
            .header("Cookie", format!("session={secret}"))
            .header("X-Request-Id", secret)
            .header("X-Forwarded-For", secret)
            .header("traceparent", secret);
        request.body(secret).send().await.unwrap();
    }
    server.get(&format!("/log/tile/{secret}")).await;
    let recorded = RECORDED.replace("\"reason\":\"", &format!("\"reason\":\"{secret} "));
    assert!(recorded.contains(secret));
    let entry = |line| {
        let entry = liftlock_engine::decode("app", 0, line).unwrap();
        liftlock_engine::encode(&entry).unwrap()
    };
    let entries: Vec<Vec<u8>> = recorded
        .lines()
        .map(|line| entry(line.as_bytes()))
        .collect();
    let appended = server.store.append("app", 0, &entries, None).await;
    appended.unwrap();
    let last = format!("\"seq\":{}", entries.len() - 1);
    while !lines.text().contains(&last) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let figures = server.get("/metrics").await.text().await.unwrap();
    server.shutdown.request();
    server.ended.await.unwrap();
    traces.end().await;
    drop(logging);

    let text = lines.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let request = lines
        .iter()
        .find(|line| line["route"] == "/log/tile/{*path}")
        .unwrap();
    assert_eq!(request["status"], 404);
    assert_eq!(request["actor"], "user:ada");
    assert!(request["request_id"].as_str().unwrap().len() > 16);
    let ended = lines
        .iter()
        .find(|line| line["event"] == "promotion-ended")
        .unwrap();
    for field in ["promotion", "environment", "release", "pipeline", "actor"] {
        assert!(
            !ended[field].as_str().unwrap().is_empty(),
            "{field}: {ended}"
        );
    }
    assert!(
        ended["digest"].as_str().unwrap().starts_with("sha256:"),
        "{ended}"
    );

    let spans = spans(&came);
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!(named("GET /log/tile/{*path}"), 1);
    let ends = RECORDED.matches("\"type\":\"promotion-ended\"").count();
    assert_eq!(named("promotion"), ends);
    let parents = spans.iter().filter(|span| !span.parent_span_id.is_empty());
    assert!(parents.count() > 0, "steps are within promotions");

    let raw: Vec<u8> = came.lock().unwrap().concat();
    for (what, text) in [
        ("log", text.as_str()),
        ("figures", figures.as_str()),
        ("traces", &String::from_utf8_lossy(&raw)),
    ] {
        assert!(text.len() > 100, "{what}");
        assert!(!text.contains(secret), "{what} has a secret: {text}");
    }
}
