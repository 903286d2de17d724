//! Figures for Prometheus.

use liftlock_engine::ports::Store as _;
use liftlock_server::MetricsToken;

use crate::running::{Running, problem, start};

/// Promotions as they were once recorded.
const RECORDED: &str = include_str!("../../../core/tests/golden/v1-ends.jsonl");

/// Appends the recorded entries to their stream.
async fn record(server: &Running, lines: &[&str], expected: u64) {
    let entry = |line: &&str| {
        let entry = liftlock_engine::decode("app", 0, line.as_bytes()).unwrap();
        liftlock_engine::encode(&entry).unwrap()
    };
    let entries: Vec<Vec<u8>> = lines.iter().map(entry).collect();
    let appended = server.store.append("app", expected, &entries, None).await;
    appended.unwrap();
}

async fn figures(server: &Running) -> String {
    let response = server.get("/metrics").await;
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = response.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    text
}

/// The sum of a figure's samples that have a label.
fn sum(text: &str, name: &str, label: &str) -> f64 {
    let of = |line: &&str| line.starts_with(&format!("{name}{{")) && line.contains(label);
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
    text.lines().filter(of).map(value).sum()
}

#[tokio::test]
async fn what_is_recorded_from_now_on_is_counted_and_what_stands_is_shown() {
    let server = start(|_, _| {}).await;
    let lines: Vec<&str> = RECORDED.lines().collect();
    let ended = |word: &str| RECORDED.matches(word).count() as f64;
    record(&server, &lines, 0).await;
    let all = format!("liftlock_ledger_entries {}\n", lines.len());
    let text = loop {
        let text = figures(&server).await;
        if text.contains(&all) {
            break text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let requested = ended("\"type\":\"promotion-requested\"");
    assert!(requested > 1.0);
    let of_app = "pipeline=\"app\"";
    assert_eq!(
        sum(&text, "liftlock_promotions_requested_total", of_app),
        requested
    );
    let ends = ended("\"type\":\"promotion-ended\"");
    assert_eq!(sum(&text, "liftlock_promotions_ended_total", of_app), ends);
    for outcome in ["succeeded", "rejected", "cancelled", "failed"] {
        let counted = sum(
            &text,
            "liftlock_promotions_ended_total",
            &format!("outcome=\"{outcome}\""),
        );
        assert_eq!(
            counted,
            ended(&format!("\"result\":\"{outcome}\"")),
            "{outcome}"
        );
    }
    let committed = ended("\"type\":\"promotion-committed\"");
    let waits = "liftlock_promotion_gate_wait_seconds_count";
    assert_eq!(sum(&text, waits, of_app), committed);
    let open = sum(&text, "liftlock_promotions_open", of_app);
    assert_eq!(open, requested - ends);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let server = start(|_, _| {}).await;
    for path in ["/healthz", "/secret-1", "/secret-2", "/log/tile/0/000"] {
        server.get(path).await;
    }
    let text = figures(&server).await;
    let total = "liftlock_http_requests_total";
    let health = "method=\"GET\",route=\"/healthz\",status=\"200\"";
    assert_eq!(sum(&text, total, health), 1.0);
    assert_eq!(sum(&text, total, "route=\"none\",status=\"404\""), 2.0);
    assert_eq!(sum(&text, total, "route=\"/log/tile/{*path}\""), 1.0);
    assert!(!text.contains("secret"));
}

#[tokio::test]
async fn figures_are_for_who_has_their_token_or_reaches_their_listener() {
    let token = "0123456789abcdef0123456789";
    let with_token = start(|setup, _| {
        setup.config.metrics.token = Some(MetricsToken::new(token).unwrap());
    })
    .await;
    let refused = problem(with_token.get("/metrics").await).await;
    assert_eq!(refused, (401, "unauthenticated".to_owned()));
    let request = with_token.client.get(with_token.url("/metrics"));
    let answer = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    let own = start(|setup, _| {
        setup.config.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let nothing = problem(own.get("/metrics").await).await;
    assert_eq!(nothing, (404, "not-found".to_owned()));
    let there = format!("http://{}/metrics", own.metrics.unwrap());
    assert_eq!(own.client.get(there).send().await.unwrap().status(), 200);
    let other = format!("http://{}/healthz", own.metrics.unwrap());
    assert_eq!(own.client.get(other).send().await.unwrap().status(), 404);
}
